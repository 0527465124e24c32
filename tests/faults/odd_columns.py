"""Tables with columns of other names, splits that are called otherwise, and several labels."""

from __future__ import annotations

from odd_tables import AB, ABAB, IMAGES, PATHS, Case, csv, each

SPLITS = each("train train validation test")
CASES = [
    # Columns of other names.
    Case(
        "filename, class",
        csv("filename,class", *ABAB),
        AB,
        note="the column filename as path and class as label.",
    ),
    Case("other capitals", csv("Path,Label", *ABAB), AB, note="Path as path and Label as label"),
    Case(
        "id, breed",
        csv("id,breed", *ABAB, paths=tuple(p[4:-4] for p in IMAGES)),
        AB,
        note="id as path and breed as label",
    ),
    Case(
        "id, breed without files",
        csv("id,breed", *ABAB, paths=("w", "x", "y", "z")),
        says="(read from pets.csv: the column id as path and breed as label): 4 rows whose file",
    ),
    Case(
        "no header",
        csv("all/0.png,a", *ABAB[1:], paths=IMAGES[1:]),
        AB,
        note="Read without a header",
    ),
    Case(
        "one column for each class",
        csv("filename,a,b", "1,0", "0,1", "1,0", "0,1"),
        says="a, b look like one column for each class",
    ),
    Case(
        "two columns that may be it",
        csv("path,x,y", *("q,r" for _ in IMAGES)),
        says="no column label; ",
    ),
    Case(
        "a patient",
        csv("path,label,patient_id", "a,7", "b,7", "a,8", "b,9"),
        AB,
        note="call patient_id group",
    ),
    # Splits of other names.
    Case(
        "is_valid",
        csv("path,label,is_valid", "a,False", "b,False", "a,True", "b,True"),
        AB,
        note="Read as the split: is_valid.",
        splits=each("train train validation validation"),
    ),
    Case(
        "is_valid, is_test",
        csv("path,label,is_valid,is_test", "a,0,0", "b,0,0", "a,1,0", "b,0,1"),
        AB,
        splits=SPLITS,
    ),
    Case(
        "two splits at once",
        csv("path,label,is_valid,is_test", "a,0,0", "b,0,0", "a,1,1", "b,0,1"),
        says="line 4: both validation and test",
    ),
    Case(
        "is_train",
        {"path": PATHS, "label": list(ABAB), "is_train": [1, 1, 1, 0]},
        AB,
        splits=each("train train train test"),
    ),
    Case(
        "is_train, is_valid",
        csv("path,label,is_train,is_valid", "a,1,0", "b,1,0", "a,0,1", "b,0,0"),
        AB,
        splits=SPLITS,
    ),
    Case(
        "is_train, is_test",
        csv("path,label,is_train,is_test", "a,1,0", "b,1,0", "a,0,0", "b,0,1"),
        AB,
        splits=SPLITS,
    ),
    Case(
        "none of all splits",
        csv("path,label,is_train,is_valid,is_test", "a,1,0,0", "b,1,0,0", "a,0,1,0", "b,0,0,0"),
        says="line 5: none of is_train, is_valid, is_test",
    ),
    Case(
        "an empty cell of a flag",
        csv("path,label,is_valid", "a,0", "b,0", "a,1", "b,"),
        says="line 5: is_valid is empty",
    ),
    Case(
        "an empty flag",
        csv("path,label,is_valid", *(f"{x}," for x in ABAB)),
        AB,
        note="Not used: 1 column",
    ),
    Case(
        "valid",
        csv("path,label,valid", "a,1", "b,1", "a,1", "b,0"),
        says="the column valid looks like a split but has '0', '1'; name it split and write train, validation, test",
    ),
    Case(
        "subset",
        csv("path,label,subset", "a,Training", "b,train", "a,val", "b,test"),
        AB,
        note="Read as the split: subset.",
        splits=SPLITS,
    ),
    Case(
        "a split under any name",
        csv("path,label,which", "a,train", "b,train", "a,val", "b,test"),
        AB,
        note="split: which",
        splits=SPLITS,
    ),
    Case(
        "fold",
        csv("path,label,fold", "a,0", "b,1", "a,2", "b,3"),
        says="the column fold looks like a split but has '0', '1', '2' and 1 more; name it split",
    ),
    Case(
        "fold left out as advised",
        csv("path,label,fold_unused", "a,0", "b,1", "a,2", "b,3"),
        AB,
        note="Not used: 1 column of pets.csv: fold_unused",
    ),
    Case(
        "valid left out as advised",
        csv("path,label,valid_unused", "a,1", "b,1", "a,1", "b,0"),
        AB,
        note="Not used: 1 column of pets.csv: valid_unused",
    ),
    Case(
        "a split of numbers",
        csv("path,label,split", "a,0", "b,1", "a,0", "b,1"),
        says="line 2: '0' is not one of train",
    ),
    Case(
        "two splits",
        csv("path,label,subset,is_test", "a,train,0", "b,train,0", "a,val,0", "b,test,1"),
        says="the columns subset, is_test all look like a split",
    ),
    Case(
        "split beside fold",
        csv("path,label,split,fold", "a,train,0", "b,train,1", "a,val,0", "b,test,1"),
        AB,
        splits=SPLITS,
    ),
    # Several labels.
    Case(
        "a b",
        csv("path,label", "a", "b", "a b", "b"),
        says="1 row with several labels (line 4: a b)",
    ),
    Case(
        "a|b",
        csv("path,label", "a|b", "b", "a|c", "b"),
        says="2 rows with several labels (line 2: a|b, line 4: a|c)",
    ),
    Case(
        "names of two words",
        csv("path,label", "hot dog", "b c", "a", "b"),
        {**AB, IMAGES[0]: "hot dog", IMAGES[1]: "b c"},
    ),
    Case(
        "one path twice",
        csv("path,label", "a", "b", paths=(IMAGES[0], IMAGES[0])),
        says="1 row giving an image another label (line 3: b for all/0.png, which is a in line 2)",
    ),
]
