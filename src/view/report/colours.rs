//! The colours of a report, light and dark.
//!
//! A chart is drawn in the light ones. [`styled`] gives each element the class of its colour, so that a browser shows it in the
//! dark ones where that is wanted, and whatever knows no style sheets shows it as it was drawn.

use plotters::style::RGBColor;
use std::fmt::Write as _;

/// A colour.
pub(super) struct Colour {
    /// Its class.
    name: &'static str,
    /// As it is drawn.
    pub(super) rgb: RGBColor,
    /// The same, as drawings write it.
    pub(super) light: &'static str,
    dark: &'static str,
}

/// What everything stands on.
pub(super) const GROUND: Colour =
    Colour { name: "ground", rgb: RGBColor(0xFF, 0xFF, 0xFF), light: "#FFFFFF", dark: "#0D1117" };
/// Text.
pub(super) const INK: Colour =
    Colour { name: "ink", rgb: RGBColor(0x1F, 0x23, 0x28), light: "#1F2328", dark: "#E6EDF3" };
/// Text that stands back.
pub(super) const MUTED: Colour =
    Colour { name: "muted", rgb: RGBColor(0x59, 0x63, 0x6E), light: "#59636E", dark: "#9198A1" };
/// Lines that help to read.
pub(super) const GRID: Colour =
    Colour { name: "grid", rgb: RGBColor(0xD8, 0xDE, 0xE4), light: "#D8DEE4", dark: "#30363D" };
/// What was spent.
pub(super) const SERIES: Colour =
    Colour { name: "series", rgb: RGBColor(0x1F, 0x6F, 0xEB), light: "#1F6FEB", dark: "#58A6FF" };
/// What is reserved.
const RESERVED: Colour =
    Colour { name: "reserved", rgb: RGBColor(0xA5, 0xC8, 0xFF), light: "#A5C8FF", dark: "#1F4B8A" };
/// What is full.
const OVER: Colour = Colour { name: "over", rgb: RGBColor(0xCF, 0x22, 0x2E), light: "#CF222E", dark: "#F85149" };

const ALL: [Colour; 7] = [GROUND, INK, MUTED, GRID, SERIES, RESERVED, OVER];

/// The style sheet that says what the classes look like. Those of a drawing say it outright: many who show drawings know style
/// sheets, and no variables.
pub(super) fn style() -> String {
    let say = |which: fn(&Colour) -> &'static str| {
        let (mut variables, mut classes) = (String::new(), String::new());
        for colour in &ALL {
            let (name, value) = (colour.name, which(colour));
            write!(variables, "--{name}:{value};").expect("a text takes what is written to it");
            write!(classes, "svg .{name}{{fill:{value}}}svg .{name}-line{{stroke:{value}}}")
                .expect("a text takes what is written to it");
        }
        format!(":root{{{variables}}}{classes}")
    };
    let (light, dark) = (say(|colour| colour.light), say(|colour| colour.dark));
    format!("{light}@media(prefers-color-scheme:dark){{{dark}}}")
}

/// A drawing whose elements have the class of their colour.
pub(super) fn styled(mut svg: String) -> String {
    for Colour { name, light, .. } in ALL {
        for (attribute, class) in [("fill", name.to_owned()), ("stroke", format!("{name}-line"))] {
            let drawn = format!("{attribute}=\"{light}\"");
            svg = svg.replace(&drawn, &format!("class=\"{class}\" {drawn}"));
        }
    }
    svg
}
