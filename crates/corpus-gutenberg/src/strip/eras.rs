//! Frames of every era, in miniature: what each header and footer must leave is the book and nothing else.
//!
//! The books are invented; the frames have the words by which a header of their time is known.

use super::strip;

const BODY: &str = "CHAPTER I\n\nIt was a quiet evening, and the rain fell on the roofs of the town.\n\n\
    She looked up. \"Is it late?\"\n\n\"It is,\" he said, \"and it will be later.\"\n\nTHE END\n";

/// A long book, so that its header and its footer are far from each other.
fn long_body() -> String {
    format!(
        "CHAPTER I\n\n{}\nTHE END\n",
        "The rain fell on the roofs, and the evening was quiet.\n\n".repeat(900)
    )
}

#[track_caller]
fn check(header: &str, footer: &str) {
    for body in [BODY.to_owned(), long_body()] {
        let file = format!("{header}\n\n{body}\n\n{footer}\n");
        let found = strip(&file);
        assert!(!found.kept_whole, "{:?}", found.cuts);
        let (start, end) = (&found.text[..found.text.len().min(300)], found.text.len().saturating_sub(300));
        assert!(found.text.starts_with("CHAPTER I\n"), "begins {start:?}; {:?}", found.cuts);
        assert!(found.text.ends_with("THE END\n"), "ends {:?}; {:?}", &found.text[end..], found.cuts);
    }
}

const SMALL_PRINT: &str = "***START**THE SMALL PRINT!**FOR PUBLIC DOMAIN ETEXTS**START***\n\
    Why is this \"Small Print!\" statement here? It disclaims most of our liability to you\n\
    for this etext, and tells you how you can distribute copies of it.\n\n\
    DISCLAIMER: you have no remedies for negligence or damages, refund aside.\n";
const WELCOME: &str = "**Welcome To The World of Free Plain Vanilla Electronic Texts**\n\n\
    **Etexts Readable By Both Humans and By Computers, Since 1971**\n";
const END_SMALL_PRINT: &str = "*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*";

#[test]
fn the_capitals_of_the_1970s() {
    check(
        "***The Project Gutenberg Etext of The Town***\n\nThe original Project Gutenberg Etexts of the\n\
         1970's had capitals only.\n\n***\n\nThese original Project Gutenberg Etexts\nwill be compiled into one file.\n\n***",
        "",
    );
    check(
        &format!(
            "The Project Gutenberg Etext of The Town\n\n{WELCOME}\n{SMALL_PRINT}\n{END_SMALL_PRINT}\n\n\
         The Project Gutenberg Etext of The Town.\n\nAll of these Project Gutenberg Etexts had capitals only.\n\n***"
        ),
        "",
    );
}

#[test]
fn small_print_at_the_end_as_in_1991() {
    check(
        "The Project Gutenberg Etext of The Town, by Jane Roe",
        &format!("End of the Project Gutenberg Etext of The Town\n\n\n{SMALL_PRINT}\n{END_SMALL_PRINT}"),
    );
}

#[test]
fn small_print_at_the_front_and_an_end_line() {
    let header = format!(
        "**The Project Gutenberg Etext of The Town, by Jane Roe**\n#1 in our series\n\n{WELCOME}\n{SMALL_PRINT}\n"
    );
    let footer = "End of Project Gutenberg Etext of The Town, by Jane Roe";
    check(&format!("{header}{END_SMALL_PRINT}\n\n\nThis etext was prepared by Jane Roe, Dorset."), footer);
    check(
        &format!("{header}*SMALL PRINT! Ver.03.17.92 FOR COPYRIGHT PROTECTED ETEXTS*END*")
            .replace("*SMALL", "*END*THE SMALL"),
        footer,
    );
    check(
        &format!(
            "{header}{END_SMALL_PRINT}\n\n\nScanned by Jane Roe\nOmniPage software donated by a company,\n1-800-555-0100.\n"
        ),
        "The End of the Project Gutenberg Etext of The Town, by Jane Roe",
    );
    // A copy that lost its stars.
    check(
        &format!("{header}ENDTHE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTSVer.04.29.93END").replace('*', ""),
        footer,
    );
}

#[test]
fn double_headers() {
    check(
        &format!(
            "The Project Gutenberg EBook of The Town, by Jane Roe\n\nTitle: The Town\n\n\
         *** START OF THIS PROJECT GUTENBERG EBOOK THE TOWN ***\n\n\n\n\n\
         **The Project Gutenberg Etext of The Town**\n\n{WELCOME}\n{SMALL_PRINT}\n{END_SMALL_PRINT}\n\n\
         This etext was prepared by Jane Roe, London"
        ),
        "End of Project Gutenberg Etext The Town, by Jane Roe\n\n\n\
         *** END OF THIS PROJECT GUTENBERG EBOOK THE TOWN ***\n\n***** This file should be named 1.txt *****",
    );
}

#[test]
fn two_versions_in_another_language() {
    check(
        "The Project Gutenberg EBook of Die Stadt, by Jane Roe\n\n*** START OF THE PROJECT GUTENBERG EBOOK, DIE STADT ***\n\n\
         Produced by Jane Roe\n\nThis Etext is in German.\n\nWe are releasing two versions of this Etext, one in 7-bit\n\
         and one in 8-bit format.\nThis is the 8-bit version.\n\n\
         This book content was given by the Gutenberg Projekt-DE.\nIt is reachable at http://gutenberg.aol.de/.\n\n\
         Dieses Buch wurde uns vom \"Gutenberg Projekt-DE\" zur\nVerf\u{fc}gung gestellt.",
        "Ende dieses Projekt Gutenberg Etextes Die Stadt, von Jane Roe\n\n\
         *** END OF THE PROJECT GUTENBERG EBOOK, DIE STADT ***\n\nThis file should be named 7stdt10.txt",
    );
    check(
        "The Project Gutenberg EBook of La Ville\n\n*** START OF THIS PROJECT GUTENBERG EBOOK LA VILLE ***\n\n\n\
         Produced by Jane Roe and the Online Distributed\nProofreading Team at http://www.pgdp.net (This file was\n\
         produced from images generously made available by the\nBiblioth\u{e8}que nationale de France)",
        "End of the Project Gutenberg EBook of La Ville, by Jane Roe\n\n*** END OF THIS PROJECT GUTENBERG EBOOK LA VILLE ***",
    );
}

#[test]
fn e_text_prepared_by_and_other_forms() {
    check(
        "The Project Gutenberg EBook of The Town\n\n***START OF THE PROJECT GUTENBERG EBOOK THE TOWN***\n\n\n\
         E-text prepared by Jane Roe and the Project Gutenberg Online\nDistributed Proofreading Team\n\n\n\
         Note: Project Gutenberg also has an HTML version of this\n      file which includes the original illustrations.\n      See 33333-h.htm or 33333-h.zip\n\n\n      \
         Images of the original pages are available through\n      an archive. See\n      https://archive.org/details/town00roe",
        "***END OF THE PROJECT GUTENBERG EBOOK THE TOWN***\n\n\n******* This file should be named 33333.txt *******",
    );
    check(
        "The Project Gutenberg EBook of The Town\n\n***START OF THE PROJECT GUTENBERG EBOOK THE TOWN***\n\n\n\
         Transcribed from the 1900 Macmillan and Co. edition by Jane Roe, email\njane@example.org",
        "***END OF THE PROJECT GUTENBERG EBOOK THE TOWN***",
    );
}

#[test]
fn the_2020s_with_and_without_a_marker() {
    let header = "The Project Gutenberg eBook of The Town\n\nThis ebook is for the use of anyone anywhere in the United States and\n\
        most other parts of the world at no cost and with almost no restrictions.\n\nTitle: The Town\n\nAuthor: Jane Roe\n\n\
        Release date: March 1, 2023 [eBook #70000]\n                Most recently updated: May 1, 2024\n\nLanguage: English\n\n\
        Original publication: London: X, 1900\n\nCredits: Jane Roe and the Online Distributed Proofreading Team\n";
    check(
        &format!("{header}\n*** START OF THE PROJECT GUTENBERG EBOOK THE TOWN ***"),
        "*** END OF THE PROJECT GUTENBERG EBOOK THE TOWN ***\n\nUpdated editions will replace the previous one",
    );
    check(header, "");
}

#[test]
fn the_sisters_in_australia_and_canada() {
    check(
        "Project Gutenberg Australia\na treasure-trove of literature\n\n\nTitle: The Town\nAuthor: Jane Roe\n\
         * A Project Gutenberg of Australia eBook *\neBook No.: 0100021.txt\nLanguage: English\nDate first posted: August 2001\n\n\
         This eBook was produced by: Jane Roe\n\nProject Gutenberg of Australia eBooks are created from printed editions\n\
         which are in the public domain in Australia.\n\nTo contact Project Gutenberg of Australia go to http://gutenberg.net.au\n\n\n\
         ------------------------------------------------------------------",
        "End of this Project Gutenberg of Australia eBook",
    );
    check(
        "* A Project Gutenberg Canada Ebook *\n\nThis ebook is made available at no cost and with very few\nrestrictions.\n\n\
         This work is in the Canadian public domain, but may be under\ncopyright in some countries.\n\nTitle: The Town\nAuthor: Jane Roe\n\
         Date of first publication: 1933\nDate first posted: 5 January 2008\nProject Gutenberg Canada ebook #56\n\n\
         This ebook was produced by: Jane Roe",
        "[End of _The Town_ by Jane Roe]",
    );
}

#[test]
fn a_copyrighted_book_keeps_its_own_notice() {
    let file = format!(
        "**This is a COPYRIGHTED Project Gutenberg Etext, Details Below**\n\n{WELCOME}\n{SMALL_PRINT}\n\
         *END*THE SMALL PRINT! FOR COPYRIGHT PROTECTED ETEXTS*Ver.04.29.93*END*\n\n\nCopyright (C) 1996 by Jane Roe.\n\n{BODY}"
    );
    assert!(strip(&file).text.starts_with("Copyright (C) 1996 by Jane Roe.\n"));
}

#[test]
fn notes_about_the_text_stay_at_both_ends() {
    let file = format!(
        "*** START OF THIS PROJECT GUTENBERG EBOOK THE TOWN ***\n\n\nProduced by Jane Roe\n\n\n\
         Transcriber's Note: this e-text has two corrections.\n\n\n{BODY}\n\n\
         [Transcriber's note: \"teh\" was read as \"the\".]\n\n\n\
         End of Project Gutenberg's The Town, by Jane Roe\n\n*** END OF THIS PROJECT GUTENBERG EBOOK THE TOWN ***\n"
    );
    let found = strip(&file);
    assert!(found.text.starts_with("Transcriber's Note"), "{}", found.text);
    assert!(found.text.ends_with("was read as \"the\".]\n"), "{}", found.text);
}

#[test]
fn a_text_without_a_frame_is_left_as_it_is() {
    for body in [BODY.to_owned(), long_body()] {
        let found = strip(&body);
        assert_eq!((found.text, found.cuts.len()), (body.as_str(), 0));
    }
}

#[test]
fn a_book_about_the_library_is_not_its_frame() {
    let body = "CHAPTER I\n\nHe had read it in a Project Gutenberg etext, he said, and the end of the tale was lost.\n\n\
        \"The end of Project Gutenberg!\" cried she. It was late, and nobody answered.\n\n".to_owned()
        + &"And so the evening went by.\n\n".repeat(40)
        + "THE END\n";
    assert_eq!(strip(&body).text, body);
}
