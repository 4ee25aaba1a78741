"""What exports call the type of a publication, as our kinds of publication and of series.

Keys are the printed type in lower case, letters only: one table for CSV, RIS words, Zotero, Scopus,
Web of Science, Lens and Crossref alike.
"""

_TABLE = {
    "JournalArticle Journal": """
        journalarticle article articlejournal magazinearticle newspaperarticle review datapaper
        shortsurvey j articleinpress reviewarticle articleearlyaccess articlemagazine
        articlenewspaper letter note journalpaper""",
    "ConferencePaper Conference": """
        conferencepaper proceedingspaper inproceedings conferenceproceedingsarticle paperconference
        proceedingsarticle articleproceedingspaper c conferenceproceeding""",
    "ConferenceAbstract Conference": """
        meetingabstract conferenceabstract poster conferenceposter""",
    "Chapter": """
        bookchapter booksection chapter incollection referenceentry bookpart encyclopediaarticle
        dictionaryentry entryencyclopedia entrydictionary entry booktrack""",
    "Book": "book monograph editedbook referencebook bookset b",
    "Proceedings": "proceedings conferenceproceedings proceedingsseries bookseries s",
    "Issue": "journalissue journalvolume journal",
    "Thesis": "thesis dissertation phdthesis mastersthesis",
    "Report": "report technicalreport techreport reportcomponent reportseries",
    "Preprint Repository": "preprint postedcontent workingpaper",
    "Dataset": "dataset data datafile database",
    "Software": "software computerprogram",
    "Editorial Journal": "editorial editorialmaterial",
    "Erratum Journal": "erratum correction retraction corrigendum",
    "Other": """
        webpage blogpost document presentation videorecording podcast artwork audiorecording
        interview film map patent case statute hearing bill manuscript email forumpost
        instantmessage tvbroadcast radiobroadcast other component peerreview grant standard
        personalcommunication speech motionpicture graphic song legislation legalcase postweblog
        post broadcast pamphlet musicalscore figure reviewbook performance event collection
        paratext supplementarymaterials libguides""",
}
KINDS: dict[str, tuple[str, str]] = {
    name: (kinds.partition(" ")[0], kinds.partition(" ")[2])
    for kinds, printed in _TABLE.items()
    for name in printed.split()
}
