//! Hostile archives, made byte by byte, and honest ones made by others' tools. Both go through the gate.

mod made;

use crate::fuzz::{Input, mutate_bytes};
use corp::format::package::check::{Intake, Intaken, Seen};
use corp::format::package::limits::Limits;
use corp::format::package::{archive, name, untar, unzip};
use made::{Zipped, claiming, deflated, gzip, member, pax, stored, tar, zip};
use std::io::Write as _;

fn read(bytes: &[u8]) -> Result<Intaken, String> {
    read_with(bytes, Limits::default(), &mut |_| {})
}

fn read_with(bytes: &[u8], limits: Limits, progress: &mut dyn FnMut(Seen)) -> Result<Intaken, String> {
    let mut intake = Intake::new(limits, progress);
    match archive::read(bytes, &mut intake) {
        Ok(()) => Ok(intake.finish()),
        Err(error) => {
            let error = error.to_string();
            assert!(!error.chars().any(char::is_control) && error.len() < 600, "{error:?} can be printed");
            Err(error)
        }
    }
}

fn paths(bytes: &[u8]) -> Vec<String> {
    read(bytes).unwrap().tree.into_keys().collect()
}

#[test]
fn honest_archives_come_in_whatever_they_are_called() {
    let entries = [
        deflated("COMPANY.md", b"hello hello hello"),
        stored("agents/a/AGENTS.md", b""),
        stored("inner.zip", b"PK\x03\x04"),
    ];
    let mut folder = stored("agents/", b"");
    folder.mode = 0o040_755;
    let bytes = zip(&[&[folder], &entries[..]].concat());
    let expected = ["COMPANY.md", "agents/a/AGENTS.md", "inner.zip"];
    assert_eq!(paths(&bytes), expected);
    assert_eq!(read(&bytes).unwrap().tree["COMPANY.md"].bytes, b"hello hello hello");
    let members = [
        member(b"./", b'5', b""),
        member(b"./agents/", b'5', b""),
        member(b"./COMPANY.md", b'0', b"hello"),
        pax(&[("mtime", "1.5"), ("path", "agents/a/AGENTS.md")]),
        member(b"short", b'0', b"x"),
        member(b"././@LongLink", b'L', b"inner.zip\0"),
        member(b"short", b'\0', b"PK"),
    ];
    assert_eq!(paths(&tar(&members)), expected);
    assert_eq!(paths(&gzip(&tar(&members))), expected);
    let archive = tar(&members);
    let halves = [gzip(&archive[..700]), gzip(&archive[700..])].concat();
    assert_eq!(paths(&halves), expected, "gzip in two parts");
}

#[test]
fn names_that_are_not_harmless_are_refused_in_every_archive() {
    for (name, why) in [
        (&b"../x"[..], "`../x` is refused: its path contains `.` or `..`"),
        (b"a/../../x", "`a/../../x` is refused: its path contains `.` or `..`"),
        (b"/etc/cron.d/x", "`/etc/cron.d/x` is refused: its path is absolute"),
        (b"..\\x", "`..\\\\x` is refused: its path contains a backslash"),
        (b"C:/x", "`C:/x` is refused: its path begins with a drive letter"),
        (b".git/hooks/post-checkout", "`.git/hooks/post-checkout` is refused: git's own files"),
        (b".GIT/config", "`.GIT/config` is refused: git's own files"),
        (b"a/.gitmodules", "`a/.gitmodules` is refused: git's own files"),
        (b"caf\xe9.md", "`caf\\xe9.md` is refused: its name is not UTF-8"),
        (b"a\x1b]0;x\x07", "`a\\u{1b}]0;x\\u{7}` is refused: its name contains a control"),
        (b"1/2/3/4/5/6/7/8/9/10/11/12/13/x", "`1/2/3/4/5/6/7/8/9/10/11/12/13/x` is refused: it lies more than 12"),
    ] {
        let mut entry = stored("", b"x");
        entry.name = name.to_vec();
        let zip = read(&zip(&[stored("COMPANY.md", b""), entry])).unwrap_err();
        assert!(zip.starts_with(why), "{zip}");
        let tar = tar(&[member(b"COMPANY.md", b'0', b""), member(name, b'0', b"x")]);
        for bytes in [gzip(&tar), tar] {
            let tar = read(&bytes).unwrap_err();
            assert!(tar.starts_with(why), "{tar}");
        }
    }
}

#[test]
fn entries_that_are_no_files_are_refused() {
    for (kind, why) in [
        (b'1', "`x` is refused: it is a hard link"),
        (b'2', "`x` is refused: it is a symbolic link"),
        (b'3', "`x` is refused: it is a device"),
        (b'4', "`x` is refused: it is a device"),
        (b'6', "`x` is refused: it is a device, a pipe"),
        (b'7', "`x` is refused: it is a device, a pipe or something else"),
        (b'S', "`x` is refused: it is stored as a sparse file"),
        (b'V', "`x` is refused: it is a device, a pipe or something else"),
    ] {
        let error = read(&tar(&[member(b"x", kind, b"")])).unwrap_err();
        assert!(error.starts_with(why), "{error}");
    }
    for (mode, why) in [
        (0o120_777, "`x` is refused: it is a symbolic link"),
        (0o010_644, "`x` is refused: it is a device, a pipe"),
        (0o020_644, "`x` is refused: it is a device"),
        (0o140_644, "`x` is refused: it is a device"),
        (0o040_755, "`x` is refused: a folder by its name or its type"),
    ] {
        let error = read(&zip(&[Zipped { mode, ..stored("x", b"target") }])).unwrap_err();
        assert!(error.starts_with(why), "{error}");
    }
}

#[test]
fn a_zip_that_can_be_read_in_two_ways_is_refused() {
    let mut other_name = stored("harmless.md", b"x");
    other_name.central_name = Some(b"harmful.md".to_vec());
    let overlapping: Vec<Zipped> =
        (0..3).map(|number| Zipped { offset: (number > 0).then_some(0), ..stored("a", b"xx") }).collect();
    let mut overlapping = overlapping;
    overlapping[1].central_name = Some(b"b".to_vec());
    overlapping[2].central_name = Some(b"c".to_vec());
    let unlisted = Zipped { listed: false, ..stored("hidden", b"x") };
    let honest = zip(&[stored("a", b"x")]);
    let second_end = [honest.clone(), honest.clone()].concat();
    let in_front = [b"#!/bin/sh\n".to_vec(), honest.clone()].concat();
    let mut comment = honest.clone();
    let at = comment.len() - 2;
    comment[at..].copy_from_slice(&22_u16.to_le_bytes());
    comment.extend(b"PK\x05\x06");
    comment.extend([0; 18]);
    let mut claims = honest.clone();
    let at = claims.len() - 14;
    claims[at..at + 4].copy_from_slice(&[0xff, 0x7f, 0xff, 0x7f]);
    for (name, bytes, why) in [
        ("two names", zip(&[other_name]), "the archive is damaged: "),
        ("overlaps", zip(&overlapping), "the archive is damaged: "),
        ("unlisted", zip(&[stored("a", b"x"), unlisted]), "the archive is damaged: "),
        ("two archives", second_end, "the archive is damaged: its directory is not where it says"),
        ("something in front", in_front, "this is not an archive"),
        ("an end in the comment", comment, "the archive is damaged: "),
        ("too many claimed", claims, "`*` is refused: the package has more than 2000 entries"),
        ("cut off", honest[..honest.len() - 30].to_vec(), "the archive is damaged: its end is missing"),
        ("trailing", [&honest[..], b"x"].concat(), "the archive is damaged: something follows its end"),
        ("duplicate", zip(&[stored("a", b"x"), stored("a", b"y")]), "`a` is refused: it is there twice"),
        (
            "case",
            zip(&[stored("a/x", b""), stored("A/y", b"")]),
            "`A/y` is refused: on some file systems it is the same as `a`",
        ),
        ("file and folder", zip(&[stored("a", b"x"), stored("a/b", b"y")]), "`a/b` is refused: `a` is a file"),
        (
            "encrypted",
            zip(&[Zipped { flags: 1, ..stored("a", b"0123456789abcdef") }]),
            "`a` is refused: it is encrypted",
        ),
        ("method", zip(&[Zipped { method: 12, ..stored("a", b"x") }]), "`a` is refused: it is packed with a method"),
        ("damaged", zip(&[Zipped { crc: 1, ..stored("a", b"x") }]), "`a` is refused: its content cannot be read: "),
        ("lies down", zip(&[Zipped { size: 1, ..deflated("a", b"xyz") }]), "`a` is refused: it"),
        ("lies up", zip(&[Zipped { size: 9, ..deflated("a", b"xyz") }]), "`a` is refused: it"),
        (
            "lies hugely",
            zip(&[Zipped { size: u32::MAX, ..deflated("a", b"xyz") }]),
            "`a` is refused: it is larger than 1048576 bytes",
        ),
    ] {
        let error = read(&bytes).unwrap_err();
        assert!(error.starts_with(why), "{name}: {error}");
    }
}

#[test]
fn a_tar_that_can_be_read_in_two_ways_is_refused() {
    let file = || member(b"a", b'0', b"x");
    for (name, bytes, why) in [
        ("two sizes", tar(&[pax(&[("size", "0")]), file()]), "`a` is refused: its two headers give two sizes"),
        ("no number", tar(&[pax(&[("size", "x")]), file()]), "the archive is damaged: a size that is no number"),
        (
            "two pax names",
            tar(&[pax(&[("path", "b"), ("path", "c")]), file()]),
            "the archive is damaged: its headers say two",
        ),
        ("sparse by pax", tar(&[pax(&[("GNU.sparse.name", "b")]), file()]), "`a` is refused: it is stored as a sparse"),
        (
            "gnu and pax names",
            tar(&[member(b"L", b'L', b"b\0"), pax(&[("path", "c")]), file()]),
            "`c` is refused: its headers give it two names",
        ),
        (
            "two pax",
            tar(&[pax(&[("path", "b")]), pax(&[("path", "c")]), file()]),
            "the archive is damaged: its headers say two",
        ),
        ("pax for nothing", tar(&[pax(&[("path", "b")])]), "the archive is damaged: it ends after a header"),
        (
            "path for all",
            tar(&[{
                let content = b"12 path=../x\n";
                member(b"g", b'g', &content[..])
            }]),
            "the archive is damaged: ",
        ),
        ("pax traversal", tar(&[pax(&[("path", "../b")]), file()]), "`../b` is refused: its path contains"),
        ("folder with content", tar(&[member(b"a/", b'5', b"x")]), "`a/` is refused: a folder with content"),
        ("duplicate", tar(&[file(), file()]), "`a` is refused: it is there twice"),
        ("case", tar(&[file(), member(b"A", b'0', b"")]), "`A` is refused: on some file systems"),
        ("file and folder", tar(&[file(), member(b"a/b", b'0', b"")]), "`a/b` is refused: `a` is a file"),
        (
            "second archive",
            [tar(&[file()]), tar(&[file()])].concat(),
            "the archive is damaged: something follows its end",
        ),
        ("cut off", claiming(b"a", b'0', 2000, b"x"), "`a` is refused: it says that it has 2000 bytes, and has 512"),
        ("huge", claiming(b"a", b'0', 1 << 32, b"x"), "`a` is refused: it is larger than 1048576 bytes"),
        ("huge name", claiming(b"a", b'L', 1 << 32, b"x"), "the archive is damaged: an extension header of 4294967296"),
        ("no sum", [&[b'x'; 512][..], &[0; 512]].concat(), "this is not an archive"),
    ] {
        let error = read(&bytes).unwrap_err();
        assert!(error.starts_with(why), "{name}: {error}");
        if !error.starts_with("this is not") {
            assert_eq!(read(&gzip(&bytes)).unwrap_err(), error, "{name}, in gzip");
        }
    }
}

#[test]
fn bombs_stop_early() {
    let zeros = vec![0; 1 << 20];
    let large: Vec<Zipped> = (0..4).map(|number| deflated(&format!("{number}"), &zeros)).collect();
    let flat = zip(&large);
    let member_of = |number: usize| member(format!("{number}").as_bytes(), b'0', &zeros);
    let tarred = gzip(&tar(&(0..4).map(member_of).collect::<Vec<_>>()));
    let nothing = |number: usize| member(format!("{number}").as_bytes(), b'0', b"");
    let many_tar = tar(&(0..2_100).map(nothing).collect::<Vec<_>>());
    let many_headers = tar(&(0..2_100).map(|_| member(b"g", b'g', b"")).collect::<Vec<_>>());
    let many_zip = zip(&(0..2_100).map(|number| stored(&format!("{number}"), b"")).collect::<Vec<_>>());
    let endless = gzip(&vec![0; 8 << 20]);
    let after_end = gzip(&[tar(&[nothing(1)]), vec![0; 8 << 20]].concat());
    let lying: Vec<Zipped> =
        (0..4).map(|number| Zipped { size: 10, ..deflated(&format!("{number}"), &zeros) }).collect();
    for (name, bytes, why) in [
        ("zip", &flat, "is refused: the package unpacks to more than 100 times its size"),
        ("tar.gz", &tarred, "is refused: the package unpacks to more than 100 times its size"),
        ("lying zip", &zip(&lying), "`0` is refused: it"),
        ("many entries, tar", &many_tar, "`2000` is refused: the package has more than 2000 entries"),
        ("many headers, tar", &many_headers, "`g` is refused: the package has more than 2000 entries"),
        ("many entries, zip", &many_zip, "`*` is refused: the package has more than 2000 entries"),
        ("zeros", &endless, "it unpacks to far more than a package may hold"),
        ("zeros after the end", &after_end, "it unpacks to far more than a package may hold"),
    ] {
        let mut seen = Seen::default();
        let error = read_with(bytes, Limits::default(), &mut |now| seen = now).unwrap_err();
        assert!(error.contains(why), "{name}: {error}");
        assert!(seen.bytes <= 4 << 20 && seen.entries <= 2_001, "{name}: {seen:?}");
    }
    let honest: Vec<Zipped> = (0_u32..4)
        .map(|number| {
            let mut state = number + 1;
            let mut noise = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            };
            stored(&format!("{number}"), &std::iter::repeat_with(&mut noise).take(1 << 20).collect::<Vec<_>>())
        })
        .collect();
    let limits = Limits { total_bytes: 3 << 20, ..Limits::default() };
    let error = read_with(&zip(&honest), limits, &mut |_| {}).unwrap_err();
    assert_eq!(error, "`3` is refused: with it the package is larger than 3145728 bytes");
}

#[test]
fn large_numbers_in_zip64_are_read_and_checked() {
    let mut bytes = zip(&[stored("a", b"x")]);
    let at = bytes.len() - 22;
    let end = bytes.split_off(at);
    let number = |range: std::ops::Range<usize>| u32::from_le_bytes(end[range].try_into().unwrap());
    let (size, start) = (number(12..16), number(16..20));
    let record = |entries: u64, start: u64| {
        let mut record = b"PK\x06\x06".to_vec();
        record.extend(44_u64.to_le_bytes());
        record.extend([45, 3, 45, 0]);
        record.extend([0; 8]);
        for number in [entries, entries, size.into(), start] {
            record.extend(number.to_le_bytes());
        }
        record
    };
    let whole = |record: Vec<u8>, entries: u16| {
        let mut whole = [bytes.clone(), record].concat();
        whole.extend(b"PK\x06\x07\0\0\0\0");
        whole.extend((at as u64).to_le_bytes());
        whole.extend(1_u32.to_le_bytes());
        let mut end = end.clone();
        end[8..10].copy_from_slice(&entries.to_le_bytes());
        end[10..12].copy_from_slice(&entries.to_le_bytes());
        end[12..20].fill(0xff);
        whole.extend(end);
        whole
    };
    assert_eq!(paths(&whole(record(1, start.into()), u16::MAX)), ["a"]);
    assert_eq!(paths(&whole(record(1, start.into()), 1)), ["a"]);
    for (bytes, why) in [
        (whole(record(1, start.into()), 2), "the archive is damaged: its two ends do not agree"),
        (whole(record(1 << 40, start.into()), u16::MAX), "`*` is refused: the package has more than 2000 entries"),
        (whole(record(1, 0), u16::MAX), "the archive is damaged: its directory is not where it says"),
        (whole(record(2, start.into()), u16::MAX), "the archive is damaged: its directory is cut off"),
    ] {
        assert_eq!(read(&bytes).unwrap_err(), why);
    }
}

/// Pieces that mean something in archives.
const TOKENS: &[&str] = &[
    "PK\x03\x04",
    "PK\x01\x02",
    "PK\x05\x06",
    "PK\x06\x06",
    "PK\x06\x07",
    "PK\x07\x08",
    "\0\0\0\0",
    "\x01\0",
    "\0\x08\0",
    "../",
    "/",
    "./",
    ".git",
    "\\",
    "ustar\0",
    "00000000000\0",
    "77777777777\0",
    "0",
    "2",
    "L",
    "x",
    "20 path=../a\n",
    "\x1f",
];

/// A small archive of every kind that is read, made by the libraries that write them.
fn archives() -> Vec<Vec<u8>> {
    let files = [("pack/COMPANY.md", "---\nname: A\n---\n"), ("pack/agents/a/AGENTS.md", "hello hello hello hello")];
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut tar = tar::Builder::new(Vec::new());
    let deep = "long/".repeat(30) + "x.md";
    for (path, text) in files.into_iter().chain([(deep.as_str(), "x")]) {
        zip.start_file(path, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    let tar = tar.into_inner().unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    gzip.write_all(&tar).unwrap();
    vec![zip.finish().unwrap().into_inner(), tar, gzip.finish().unwrap()]
}

#[test]
fn fuzz_archives_of_any_bytes() {
    let seeds = archives();
    let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
    let limits = Limits::default();
    bolero::check!().with_type::<Input>().for_each(|(seed, changes)| {
        let mut bytes = mutate_bytes(&seeds, TOKENS, *seed, changes);
        // A changed tar header has a wrong sum and would never be looked at further.
        if usize::from(*seed) % seeds.len() == 1 {
            for block in bytes.chunks_exact_mut(512).filter(|block| block[257..262] == *b"ustar") {
                block[148..156].fill(b' ');
                let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
                block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            }
        }
        for read in [archive::read, unzip::unzip, untar::untar] {
            let mut seen = 0;
            let mut progress = |now: Seen| seen = now.bytes;
            let mut intake = Intake::new(limits, &mut progress);
            match read(&bytes, &mut intake) {
                Ok(()) => {
                    let came = intake.finish();
                    assert!(came.tree.len() <= limits.entries);
                    for path in came.tree.keys() {
                        assert_eq!(name::check(path.as_bytes(), &limits), Ok(path.as_str()));
                    }
                }
                Err(error) => assert!(!error.to_string().chars().any(char::is_control)),
            }
            assert!(seen <= limits.total_bytes);
        }
    });
}
