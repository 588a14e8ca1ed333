//! Headers, small print and licences of several eras around a generated book.
//!
//! The marker lines are those that the real files have; the sentences between them are our own.

/// The habits of the years in which a file was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Era {
    /// Small print before the book, the word "Etext".
    Nineties,
    /// `*** START OF THIS PROJECT GUTENBERG EBOOK`.
    TwoThousands,
    /// `*** START OF THE PROJECT GUTENBERG EBOOK`, as today.
    Today,
}

/// The whole file: header, `text` exactly as it is, footer; `\n` line ends.
pub(super) fn frame(era: Era, id: u32, title: &str, author: &str, encoding: &str, text: &str) -> String {
    let upper = title.to_uppercase();
    match era {
        Era::Nineties => format!(
            "Project Gutenberg Etext of {title}, by {author}\n\n\
             Copyright laws are changing all over the world. Look at those of your\n\
             country before you redistribute this etext.\n\n\
             {title}\n\nby {author}\n\nDecember, 1996  [Etext #{id}]\n\n\n\
             ***START**THE SMALL PRINT!**FOR PUBLIC DOMAIN ETEXTS**START***\n\
             This small print tells you what you may do with this etext, and that\n\
             there is a disclaimer of warranty. Donations keep the project going.\n\
             Defects such as viruses, wrong codes or transcription errors are not\n\
             the project's liability.\n\
             *END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*\n\n\n\n\n\
             {text}\n\n\n\n\nEnd of the Project Gutenberg Etext of {title}, by {author}\n"
        ),
        Era::TwoThousands => format!(
            "The Project Gutenberg EBook of {title}, by {author}\n\n\
             This eBook is for the use of anyone anywhere at no cost and with almost\n\
             no restrictions; the terms stand at its end.\n\n\n\
             Title: {title}\n\nAuthor: {author}\n\nRelease Date: June 3, 2004 [EBook #{id}]\n\n\
             Language: English\n\nCharacter set encoding: {encoding}\n\n\
             *** START OF THIS PROJECT GUTENBERG EBOOK {upper} ***\n\n\n\n\
             Produced by the demonstration's generator\n\n\n\n\n\
             {text}\n\n\n\nEnd of Project Gutenberg's {title}, by {author}\n\n\
             *** END OF THIS PROJECT GUTENBERG EBOOK {upper} ***\n\n{LICENCE}"
        ),
        Era::Today => format!(
            "The Project Gutenberg eBook of {title}\n    \n\
             This ebook is for the use of anyone anywhere at no cost and with almost\n\
             no restrictions; the terms stand at its end.\n\n\
             Title: {title}\n\nAuthor: {author}\n\nRelease date: May 4, 2019 [eBook #{id}]\n\n\
             Language: English\n\nCredits: The demonstration's generator\n\n\n\
             *** START OF THE PROJECT GUTENBERG EBOOK {upper} ***\n\n\n\n\n\
             {text}\n\n\n\n*** END OF THE PROJECT GUTENBERG EBOOK {upper} ***\n\n{LICENCE}"
        ),
    }
}

/// Our own words in the licence's place, with the vocabulary that must not leak into a corpus.
const LICENCE: &str = "\
THE FULL LICENSE

1. The name Project Gutenberg is a registered trademark. Whoever wants to
redistribute electronic works under that name keeps to the terms below.

2. There is a limited warranty and a disclaimer of damages: a defect in the
electronic work, computer codes, viruses, errors of transcription or an
infringement of copyright are not a liability of the foundation.

3. Donations to the Literary Archive Foundation are welcome, and users who
charge a fee for electronic works pay royalties as agreed.
";
