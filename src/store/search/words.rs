//! All words of many texts, once each, and which of them a text has. A word is whatever stands between two spaces, in lower case.

use memchr::{memchr_iter, memmem};
use std::collections::{BTreeMap, BTreeSet};

/// Most words looked for at once: each is a bit of a number.
pub(super) const LOOKED_FOR_MAX: usize = 64;

/// Most bytes of words that are remembered. A text with new ones beyond is read each time.
const BYTES_MAX: usize = 32 << 20;

/// Between two words; no word has it, since it is a space itself.
const END: u8 = b'\n';

/// Words, each with a number: its place among them.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// The words, [`END`] after each.
    text: String,
    /// Where each begins.
    starts: Vec<u32>,
    /// The number of each; made when a text is to be taken apart.
    numbers: Option<BTreeMap<Box<str>, u32>>,
}

/// The numbers of the words of one text, from small to large, each as its distance from the one before: seven bits a byte, the
/// upper bit of all but the last byte set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numbers(Box<[u8]>);

impl Words {
    /// From the text of them; `None`: it is none.
    pub(super) fn of(text: String) -> Option<Self> {
        if text.len() > BYTES_MAX || !(text.is_empty() || text.as_bytes().ends_with(&[END])) {
            return None;
        }
        let mut starts = Vec::new();
        let mut start = 0;
        for end in memchr_iter(END, text.as_bytes()) {
            starts.push(start);
            start = u32::try_from(end + 1).ok()?;
        }
        Some(Self { text, starts, numbers: None })
    }

    /// The text of them.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The words of a text in lower case, which are remembered; `None`: there is no room for them.
    pub(super) fn numbers(&mut self, text: &str) -> Option<Numbers> {
        let all = self.numbers.get_or_insert_with(|| {
            let words = self.text.split_terminator(char::from(END));
            words.zip(0..).map(|(word, number)| (Box::from(word), number)).collect()
        });
        let mut found = BTreeSet::new();
        for word in text.split_whitespace() {
            let number = match all.get(word) {
                Some(number) => *number,
                None if self.text.len() + word.len() + 1 > BYTES_MAX => return None,
                None => {
                    let number = u32::try_from(self.starts.len()).ok()?;
                    self.starts.push(u32::try_from(self.text.len()).ok()?);
                    self.text.push_str(word);
                    self.text.push(char::from(END));
                    all.insert(Box::from(word), number);
                    number
                }
            };
            found.insert(number);
        }
        Some(Numbers::from_sorted(found))
    }

    /// For each word which of those that are looked for it holds, a bit for each; in the order of their numbers.
    pub(super) fn marks(&self, looked_for: &[String]) -> Vec<u64> {
        let mut marks = vec![0; self.starts.len()];
        for (bit, looked_for) in looked_for.iter().enumerate().take(LOOKED_FOR_MAX) {
            let mut word = 0;
            for at in memmem::find_iter(self.text.as_bytes(), looked_for.as_bytes()) {
                while self.starts.get(word + 1).is_some_and(|start| *start as usize <= at) {
                    word += 1;
                }
                if let Some(mark) = marks.get_mut(word) {
                    *mark |= 1 << bit;
                }
            }
        }
        marks
    }

    /// Lets go of the words that none of these texts has; they get other numbers.
    pub(super) fn forget<'a>(&mut self, texts: impl Iterator<Item = &'a mut Numbers>) {
        let mut fresh = Self::default();
        let mut moved: Vec<Option<u32>> = vec![None; self.starts.len()];
        for numbers in texts {
            let mut found = BTreeSet::new();
            for word in numbers.iter() {
                let Some(place) = moved.get_mut(word) else { continue };
                if place.is_none() {
                    // There are no more than before, and they had room.
                    let number = u32::try_from(fresh.starts.len()).unwrap_or(u32::MAX);
                    fresh.starts.push(u32::try_from(fresh.text.len()).unwrap_or(u32::MAX));
                    fresh.text.push_str(self.word(word));
                    fresh.text.push(char::from(END));
                    *place = Some(number);
                }
                found.extend(*place);
            }
            *numbers = Numbers::from_sorted(found);
        }
        *self = fresh;
    }

    fn word(&self, number: usize) -> &str {
        let start = self.starts.get(number).map_or(self.text.len(), |start| *start as usize);
        let end = self.starts.get(number + 1).map_or(self.text.len(), |start| *start as usize);
        self.text[start..end].trim_end_matches(char::from(END))
    }
}

impl Numbers {
    /// As they were kept.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// As they are kept.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn from_sorted(numbers: BTreeSet<u32>) -> Self {
        let mut bytes = Vec::with_capacity(2 * numbers.len());
        let mut before = 0;
        for number in numbers {
            let mut rest = number - before;
            before = number;
            while rest >= 0x80 {
                bytes.push((rest & 0x7f) as u8 | 0x80);
                rest >>= 7;
            }
            bytes.push((rest & 0x7f) as u8);
        }
        Self(bytes.into())
    }

    /// The numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        let mut number = 0_u32;
        let (mut distance, mut shift) = (0_u32, 0_u32);
        self.0.iter().filter_map(move |byte| {
            // A distance that no number has is none of ours, and names no word.
            distance |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 != 0 {
                shift += 7;
                return None;
            }
            number = number.saturating_add(distance);
            (distance, shift) = (0, 0);
            Some(number as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 7] = [
        "Sign-in fails for ÜBERMENSCH users,\n\tticket ACME-12",
        "",
        "aaa\naa a\u{a0}aab",
        "ΟΔΟΣ ΟΔΟΣ. İstanbul ẞ",
        "make thing 77 work\r\nas people expect",
        "make thing 177 work",
        "日本語\u{3000}テキスト e\u{301}",
    ];

    const LOOKED_FOR: [&str; 17] = [
        "sign-in",
        "fails",
        "übermensch",
        "acme-12",
        "gn-i",
        "aa",
        "aab",
        "77",
        "7",
        "e",
        "οδο",
        "σ",
        "ς",
        "i̇s",
        "本語",
        "テ",
        "gone",
    ];

    /// Marks of each text, with what its words say.
    fn has(words: &Words, texts: &[Numbers]) -> Vec<Vec<bool>> {
        let looked_for: Vec<String> = LOOKED_FOR.iter().map(|word| word.to_lowercase()).collect();
        let marks = words.marks(&looked_for);
        let has = |text: &Numbers| text.iter().fold(0, |has, word| has | marks[word]);
        let bits = |has: u64| (0..looked_for.len()).map(|bit| has & (1 << bit) != 0).collect();
        texts.iter().map(|text| bits(has(text))).collect()
    }

    #[test]
    fn words_say_of_every_text_what_reading_it_says() {
        let mut words = Words::default();
        let mut texts: Vec<Numbers> = TEXTS.iter().map(|text| words.numbers(&text.to_lowercase()).unwrap()).collect();
        let read: Vec<Vec<bool>> = TEXTS
            .iter()
            .map(|text| LOOKED_FOR.iter().map(|word| text.to_lowercase().contains(&word.to_lowercase())).collect())
            .collect();
        assert_eq!(has(&words, &texts), read);
        assert_eq!(has(&Words::of(words.text().to_owned()).unwrap(), &texts), read);
        // What is known already gets the same numbers, also from what was kept.
        let mut again = Words::of(words.text().to_owned()).unwrap();
        assert_eq!(again.numbers(&TEXTS[0].to_lowercase()).unwrap(), texts[0]);
        assert_eq!(again.text(), words.text());
        let gone = texts.remove(0);
        words.forget(texts.iter_mut());
        assert_eq!(has(&words, &texts), read[1..]);
        assert!(!words.text().contains("übermensch"), "{gone:?}");
    }

    #[test]
    fn large_numbers_keep_their_value() {
        let numbers: BTreeSet<u32> = [0, 1, 127, 128, 129, 16_383, 16_384, 3_000_000, u32::MAX].into();
        let kept = Numbers::from_sorted(numbers.clone());
        assert!(kept.iter().eq(numbers.iter().map(|number| *number as usize)));
        // What is no number ends the program not, and names no word.
        assert_eq!(Numbers::of(&[0xff; 9]).iter().count(), 0);
    }

    #[test]
    fn a_list_that_is_cut_is_none() {
        assert!(Words::of("one\ntwo".to_owned()).is_none());
        assert!(Words::of(String::new()).unwrap().marks(&["a".to_owned()]).is_empty());
    }
}
