//! Archives as they come, and as they should not: each is unpacked, or refused with its reason.

use corpus_gutenberg::Error;
use corpus_gutenberg::unpack::{Inflater, Unpacked, unpack};
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const TEXT: &[u8] = b"It was a quiet evening, and it was a quiet evening still.\r\n";

/// A zip with these members, deflated.
fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(members, CompressionMethod::Deflated)
}

fn zip_with(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = SimpleFileOptions::default().compression_method(method);
        if name.ends_with('/') {
            writer.add_directory(*name, options).unwrap();
        } else {
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

/// The place of a field of the first entry in the index: a number of bytes behind its signature.
fn index_field(zip: &[u8], offset: usize) -> usize {
    zip.windows(4).position(|four| four == b"PK\x01\x02").unwrap() + offset
}

fn set_u16(zip: &mut [u8], at: usize, value: u16) {
    zip[at..at + 2].copy_from_slice(&value.to_le_bytes());
}

fn set_u32(zip: &mut [u8], at: usize, value: u32) {
    zip[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

/// Offsets of fields in an entry of the index (APPNOTE 4.3.12).
const FLAGS: usize = 8;
const METHOD: usize = 10;
const CRC: usize = 16;
const SIZE: usize = 24;

fn good(zip: &[u8], stem: &str) -> Unpacked {
    unpack(zip, stem).unwrap()
}

/// The refusal of an archive: its message has `reason` and names the file.
#[track_caller]
fn refused(zip: &[u8], reason: &str) -> Error {
    let error = unpack(zip, "1342").unwrap_err();
    let said = error.to_string();
    assert!(error.is_archive() && said.contains("1342") && said.contains(reason), "{said}");
    error
}

#[test]
fn the_text_that_is_named_as_the_archive_is_the_book() {
    let several = zip(&[("readme.txt", b"about"), ("1342.txt", TEXT), ("1342-h.htm", b"<html>")]);
    let unpacked = good(&several, "1342");
    assert_eq!((unpacked.bytes.as_slice(), unpacked.member.as_str()), (TEXT, "1342.txt"));
    assert_eq!(unpacked.left, ["1342-h.htm: not a text by its name", "readme.txt: another text"]);
}

#[test]
fn nested_directories_are_looked_into() {
    let nested = zip(&[("1342/", b""), ("1342/files/", b""), ("1342/files/1342.txt", TEXT)]);
    let unpacked = good(&nested, "1342");
    assert_eq!((unpacked.bytes.as_slice(), unpacked.member.as_str()), (TEXT, "1342/files/1342.txt"));
}

#[test]
fn several_texts_are_joined_in_the_order_of_their_names() {
    let parts = zip(&[
        ("part2.txt", b"two"),
        ("LICENSE.txt", b"may"),
        ("part1.txt", b"one"),
        ("part3.TXT", b"three"),
    ]);
    let unpacked = good(&parts, "1342");
    assert_eq!(unpacked.bytes, b"one\n\ntwo\n\nthree");
    assert_eq!(unpacked.member, "part1.txt, part2.txt, part3.TXT");
    assert_eq!(unpacked.left, ["LICENSE.txt: about the archive"]);
}

#[test]
fn a_stored_text_and_one_without_an_extension_are_texts() {
    assert_eq!(good(&zip_with(&[("1342.txt", TEXT)], CompressionMethod::Stored), "1342").bytes, TEXT);
    assert_eq!(good(&zip(&[("MOBY", TEXT)]), "1342").bytes, TEXT);
    assert_eq!(good(&zip(&[("empty.txt", b"")]), "1342").bytes, b"");
}

#[test]
fn encrypted() {
    let mut archive = zip(&[("1342.txt", TEXT)]);
    let at = index_field(&archive, FLAGS);
    archive[at] |= 1;
    let error = refused(&archive, "1342.txt: encrypted");
    assert!(!error.is_damaged(), "to fetch it again would not help");
}

#[test]
fn truncated_at_every_byte() {
    let archive = zip(&[("1342.txt", TEXT)]);
    for n_bytes in 4..archive.len() {
        let error = unpack(&archive[..n_bytes], "1342").unwrap_err();
        assert!(error.is_damaged() && error.to_string().contains("1342"), "{n_bytes}: {error}");
    }
}

#[test]
fn a_wrong_checksum() {
    let mut archive = zip(&[("1342.txt", TEXT)]);
    let at = index_field(&archive, CRC);
    archive[at] ^= 1;
    assert!(refused(&archive, "wrong checksum").is_damaged());
}

#[test]
fn damaged_in_the_middle() {
    let noise: Vec<u8> = (0..4000_u32).map(|n| b'a' + (n * n / 7 % 23) as u8).collect();
    let archive = zip(&[("1342.txt", &noise)]);
    for at in 60..archive.len() / 2 {
        let mut damaged = archive.clone();
        damaged[at] ^= 0x10;
        // A bit of a name or of a date may not matter; one of the text does.
        if let Ok(unpacked) = unpack(&damaged, "1342") {
            assert_eq!(unpacked.bytes, noise, "{at}");
        }
    }
}

#[test]
fn a_ratio_that_deflate_cannot_reach_is_a_bomb() {
    let mut archive = zip(&[("1342.txt", TEXT)]);
    let at = index_field(&archive, SIZE);
    set_u32(&mut archive, at, 200 << 20);
    refused(&archive, "more bytes than deflate can pack");
}

#[test]
fn a_text_longer_than_it_declares_is_not_followed() {
    let mut archive = zip(&[("1342.txt", &vec![b'a'; 1 << 20])]);
    let at = index_field(&archive, SIZE);
    set_u32(&mut archive, at, 1000);
    assert!(refused(&archive, "does not inflate to the 1000 bytes").is_damaged());
}

#[test]
fn a_huge_declared_size_costs_no_memory() {
    let mut archive = zip(&[("1342.txt", TEXT)]);
    let at = index_field(&archive, SIZE);
    set_u32(&mut archive, at, 0xffff_fff0);
    refused(&archive, "declares more bytes than any book has");
}

#[test]
fn many_texts_that_are_too_much_together_are_refused_before_the_first_is_inflated() {
    let zeros = vec![b' '; 90 << 20];
    let archive = zip(&[("a.txt", &zeros), ("b.txt", &zeros), ("c.txt", &zeros)]);
    refused(&archive, "more than any book has");
}

#[test]
fn names_that_lead_out_are_left_and_never_become_paths() {
    for name in ["/etc/1342.txt", "../1342.txt", "a/../../1342.txt", "C:1342.txt", "\\1342.txt"] {
        // The writer may tidy a name, so it is put in afterwards, in both of its places.
        let plain = format!("{}.txt", "x".repeat(name.len() - 4));
        let mut archive = zip(&[(plain.as_str(), TEXT)]);
        while let Some(at) = archive.windows(plain.len()).position(|bytes| bytes == plain.as_bytes()) {
            archive[at..at + name.len()].copy_from_slice(name.as_bytes());
        }
        refused(&archive, "its name leads out of the archive");
    }
}

#[test]
fn what_is_no_text_is_left() {
    refused(
        &zip(&[("cover.jpg", b"\xff\xd8\xff\xe0"), ("book.pdf", b"%PDF")]),
        "cover.jpg: not a text by its name",
    );
    refused(&zip(&[("1342.txt", b"\x7fELF\0\0\0\0")]), "1342.txt: not a text");
    refused(&zip(&[]), "no text in the archive");
    // Beside a text it does no harm.
    let mixed = zip(&[("pictures.txt", b"GIF\0\0"), ("story.txt", TEXT)]);
    assert_eq!(good(&mixed, "1342").bytes, TEXT);
    assert_eq!(good(&mixed, "1342").left, ["pictures.txt: not a text"]);
}

#[test]
fn a_web_page_in_place_of_the_zip() {
    for page in ["<!DOCTYPE html><title>Busy</title>", "\u{feff}\n <HTML><body>404", "<?xml version='1.0'?>"]
    {
        assert!(!refused(page.as_bytes(), "a web page came in place of the file").is_damaged());
    }
    assert!(refused(b"", "empty").is_damaged());
    refused(b"\x1f\x8b\x08\0\0\0", "neither a zip nor a text");
}

#[test]
fn an_unknown_compression_is_named() {
    let mut archive = zip(&[("1342.txt", TEXT)]);
    let at = index_field(&archive, METHOD);
    set_u16(&mut archive, at, 97);
    refused(&archive, "compression");
}

#[test]
fn a_text_that_begins_with_the_letters_of_a_zip_is_a_text() {
    assert_eq!(good(b"PKZIP and its friends\n", "1342").bytes, b"PKZIP and its friends\n");
}

#[test]
fn an_inflater_that_was_used_leaves_no_trace() {
    let mut inflater = Inflater::new();
    let long = zip(&[("long.txt", &vec![b'a'; 5000])]);
    assert_eq!(inflater.unpack(&long, "long").unwrap().bytes.len(), 5000);
    let parts = zip(&[("a.txt", b"one"), ("b.txt", b"\0\0\0"), ("c.txt", b"three")]);
    assert_eq!(inflater.unpack(&parts, "x").unwrap().bytes, b"one\n\nthree");
    assert!(inflater.unpack(b"PK\x03\x04", "x").is_err());
    assert_eq!(inflater.unpack(TEXT, "x").unwrap().bytes, TEXT);
}
