//! The structure that is planted in the generated books, for an embedding to find.
//!
//! Each class has twelve words and eight verbs of its own. A sentence of a class has one of each;
//! everything else in it is drawn from words that all classes share. So the words of a class are
//! alike in their company and in nothing else.

/// A class of words that keep the same company.
pub(super) struct Class {
    pub name: &'static str,
    pub words: [&'static str; 12],
    pub verbs: [&'static str; 8],
}

pub(super) const CLASSES: [Class; 10] = [
    Class {
        name: "birds",
        words: [
            "heron", "sparrow", "falcon", "raven", "magpie", "finch", "swallow", "plover", "thrush", "lark",
            "owl", "wren",
        ],
        verbs: ["nested", "chirped", "fluttered", "perched", "hatched", "soared", "preened", "migrated"],
    },
    Class {
        name: "fishes",
        words: [
            "herring", "salmon", "trout", "perch", "pike", "carp", "mackerel", "sturgeon", "eel", "cod",
            "tench", "bream",
        ],
        verbs: ["swam", "spawned", "darted", "surfaced", "nibbled", "dived", "shoaled", "glistened"],
    },
    Class {
        name: "trades",
        words: [
            "carpenter",
            "blacksmith",
            "tailor",
            "baker",
            "miller",
            "weaver",
            "cooper",
            "mason",
            "potter",
            "saddler",
            "tanner",
            "glazier",
        ],
        verbs: [
            "bargained",
            "hammered",
            "measured",
            "apprenticed",
            "invoiced",
            "repaired",
            "haggled",
            "laboured",
        ],
    },
    Class {
        name: "instruments",
        words: [
            "violin", "oboe", "trumpet", "harp", "cello", "flute", "bassoon", "organ", "lute", "clarinet",
            "viola", "piccolo",
        ],
        verbs: [
            "sounded",
            "resonated",
            "accompanied",
            "hummed",
            "modulated",
            "trilled",
            "harmonised",
            "echoed",
        ],
    },
    Class {
        name: "minerals",
        words: [
            "granite", "quartz", "basalt", "marble", "slate", "flint", "gypsum", "feldspar", "obsidian",
            "pumice", "jasper", "agate",
        ],
        verbs: [
            "crystallised",
            "weathered",
            "eroded",
            "fractured",
            "glittered",
            "crumbled",
            "petrified",
            "hardened",
        ],
    },
    Class {
        name: "vessels",
        words: [
            "schooner", "frigate", "sloop", "barge", "clipper", "galley", "ketch", "trawler", "cutter",
            "brig", "dinghy", "ferry",
        ],
        verbs: ["sailed", "anchored", "moored", "drifted", "capsized", "tacked", "docked", "foundered"],
    },
    Class {
        name: "trees",
        words: [
            "alder", "hazel", "rowan", "birch", "maple", "poplar", "willow", "cedar", "hornbeam", "larch",
            "linden", "juniper",
        ],
        verbs: ["blossomed", "swayed", "rooted", "budded", "withered", "sprouted", "leafed", "creaked"],
    },
    Class {
        name: "cloths",
        words: [
            "velvet", "linen", "muslin", "damask", "flannel", "satin", "tweed", "brocade", "calico",
            "taffeta", "corduroy", "gingham",
        ],
        verbs: ["frayed", "draped", "shrank", "faded", "rustled", "creased", "unravelled", "bleached"],
    },
    Class {
        name: "towns",
        words: [
            "harwick",
            "oldbury",
            "stonemere",
            "eastvale",
            "brackford",
            "thornley",
            "mirefield",
            "westholm",
            "coldbrook",
            "ashgrove",
            "dunmoor",
            "kingsferry",
        ],
        verbs: ["prospered", "voted", "celebrated", "flooded", "petitioned", "rebuilt", "levied", "besieged"],
    },
    Class {
        name: "dishes",
        words: [
            "porridge",
            "custard",
            "dumpling",
            "pudding",
            "broth",
            "stew",
            "pancake",
            "trifle",
            "omelette",
            "chowder",
            "marmalade",
            "gingerbread",
        ],
        verbs: ["simmered", "curdled", "steamed", "scorched", "thickened", "sizzled", "cooled", "bubbled"],
    },
];
