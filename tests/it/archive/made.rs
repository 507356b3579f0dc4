//! Archives made byte by byte: what no tool would write can be written.

use std::io::Write as _;

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn crc32(content: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(content);
    crc.sum()
}

/// One entry of a zip archive, everything as it will be written.
#[derive(Clone)]
pub(super) struct Zipped {
    pub(super) name: Vec<u8>,
    pub(super) central_name: Option<Vec<u8>>,
    pub(super) method: u16,
    pub(super) flags: u16,
    pub(super) packed: Vec<u8>,
    pub(super) size: u32,
    pub(super) crc: u32,
    pub(super) mode: u32,
    /// Where the directory says it is; `None`: where it is.
    pub(super) offset: Option<u32>,
    /// Whether it is listed in the directory.
    pub(super) listed: bool,
}

pub(super) fn stored(name: &str, content: &[u8]) -> Zipped {
    Zipped {
        name: name.as_bytes().to_vec(),
        central_name: None,
        method: 0,
        flags: 0,
        packed: content.to_vec(),
        size: content.len() as u32,
        crc: crc32(content),
        mode: 0o100_644,
        offset: None,
        listed: true,
    }
}

pub(super) fn deflated(name: &str, content: &[u8]) -> Zipped {
    Zipped { method: 8, packed: deflate(content), ..stored(name, content) }
}

pub(super) fn zip(entries: &[Zipped]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    let mut listed = 0_u16;
    for entry in entries {
        let offset = entry.offset.unwrap_or(bytes.len() as u32);
        let central_name = entry.central_name.as_ref().unwrap_or(&entry.name);
        let shared = |name: &[u8]| {
            let mut fields = Vec::new();
            for number in [20, entry.flags, entry.method, 0, 0x21] {
                fields.extend(number.to_le_bytes());
            }
            for number in [entry.crc, entry.packed.len() as u32, entry.size] {
                fields.extend(number.to_le_bytes());
            }
            fields.extend((name.len() as u16).to_le_bytes());
            fields.extend(0_u16.to_le_bytes());
            fields
        };
        bytes.extend(b"PK\x03\x04");
        bytes.extend(shared(&entry.name));
        bytes.extend(&entry.name);
        bytes.extend(&entry.packed);
        if !entry.listed {
            continue;
        }
        listed += 1;
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(shared(central_name));
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(central_name);
    }
    let start = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(listed.to_le_bytes());
    bytes.extend(listed.to_le_bytes());
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// A tar header and its content.
pub(super) fn member(name: &[u8], kind: u8, content: &[u8]) -> Vec<u8> {
    claiming(name, kind, content.len() as u64, content)
}

pub(super) fn claiming(name: &[u8], kind: u8, size: u64, content: &[u8]) -> Vec<u8> {
    let mut header = [0; 512];
    header[..name.len()].copy_from_slice(name);
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    header[136..148].copy_from_slice(b"00000000000\0");
    header[148..156].fill(b' ');
    header[156] = kind;
    header[157..161].copy_from_slice(b"dest");
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut bytes = header.to_vec();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

pub(super) fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let record = |(key, value): &(&str, &str)| {
        let rest = format!(" {key}={value}\n");
        let length = (1..).find(|length: &usize| length.to_string().len() + rest.len() == *length).unwrap();
        format!("{length}{rest}")
    };
    let content: String = records.iter().map(record).collect();
    member(b"PaxHeaders/x", b'x', content.as_bytes())
}

pub(super) fn tar(members: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = members.concat();
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}
