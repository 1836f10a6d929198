"""Words that identifiers are told by, and those that only look like it."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


TITLES = _set(
    "dr mr mrs ms miss mx prof professor doctor sir dame nurse sister matron smt shri sri midwife reverend rev"
    " consultant surgeon physio mme mlle herr frau sra señora senora dra revd pastor imam rabbi vicar cllr"
)
RELATIVES = _set(
    "son daughter husband wife mum mom mam mother dad father brother sister nan gran grandma grandmother grandad"
    " granddad grandpa grandfather aunt auntie uncle cousin niece nephew grandson granddaughter baby twin stepson"
    " stepdaughter stepdad stepmum partner boyfriend girlfriend fiance fiancee friend mate neighbour neighbor colleague"
    " boy girl child kid toddler flatmate housemate roommate boss manager carer ex"
) | _set("client patient")
ROLES = _set(
    "doctor consultant gp surgeon nurse midwife neurologist therapist counsellor counselor physio physiotherapist"
    " psychiatrist psychologist dentist cardiologist oncologist gynaecologist gynecologist urologist dermatologist"
    " rheumatologist paediatrician pediatrician endocrinologist pharmacist dietitian gastroenterologist haematologist"
    " optician specialist keyworker doc pcp obgyn"
)
RELATIVES |= ROLES
STREETS = _set(
    "street st road rd avenue ave lane ln drive dr close court ct crescent place pl terrace gardens way row walk square"
    " grove hill park mews boulevard blvd nagar yard bank rise view green cottage house strasse straße parade quay"
    " cottages villas circle trail parkway pkwy highway wharf wynd gate mount vale lodge farm"
)
FIRST_NAMES = _set(
    "aaron abdul abigail abraham adam adele adrian agnes ahmed aidan aisha aisling alan albert alejandro alexander"
    " alexandra alfie alice alison amanda amelia amina amir amit amy ana andrea andrew angela anita anjali ann"
    " anna anne"
    " annette anthony antonio aoife arjun arthur ashley audrey ava barbara barry beatrice becky ben benjamin bernadette"
    " bernard beth bethany betty beverley bill billy bob brenda brendan brian bridget bronwen bruce bryan callum"
    " cameron"
    " carl carla carlos carmen carol caroline catherine cathy charles charlotte chelsea cheryl chidi chinedu"
    " chloe chris"
    " christina christine christopher ciara claire clara clare colin connor craig cynthia daisy daniel danielle darren"
    " dave david dawn dean deborah debra deepak denise dennis derek diana diane dominic donald donna dorothy douglas"
    " duncan dylan ed edith edward eileen elaine eleanor elena elizabeth ella ellen ellie emily emma eoin eric erin"
    " ethan eva evelyn fatima fiona florence frances francesca frank fred freddie frederick gareth gary gavin gemma"
    " geoff geoffrey george georgia gerald gerard gillian gladys glenn gloria gordon graham gregory gwen hannah harold"
    " harriet harry hasan hassan hayley hazel heather helen henry hilary hilda holly howard hugh hussein ian ibrahim"
    " imogen imran ingrid irene isaac isabel isabella isabelle isla ivan ivy jack jackie jacob jacqueline jacqui jade"
    " jake james jamie jan jane janet janice jasmine jason javier jayne jean jeff jeffrey jennifer jenny jeremy jessica"
    " jill jim jimmy joan joanna joanne jodie joe joel john johnny jonathan jordan jose joseph josephine josh joshua"
    " joyce juan judith judy julia julian julie june karen karl kate katherine kathleen kathryn kathy katie keith kelly"
    " ken kenneth kerry kevin khalid kieran kim kimberly kirsty kwame lakshmi laura lauren lawrence leah lee leo leon"
    " leonard leslie lesley lewis liam lily linda lisa lizzie lorraine louis louise lucas lucy luis luke lydia lynn"
    " lynne madison maggie malcolm manuel marcus margaret maria marian marie marilyn marion martha martin mary matthew"
    " maureen megan meera melanie melissa mia michael michelle mick miguel mike miriam mohamed mohammed moira molly"
    " monica muhammad muriel nadia nancy naomi natalie natasha neil niamh nicholas nick nicola nicole nigel noah noel"
    " nora norma norman olga oliver olivia oscar owen pam pamela patricia patrick paul paula pauline pedro peggy penny"
    " pete peter phil philip phillip phoebe phyllis priya rachel rahul raj rajesh ralph raymond rebecca reginald reza"
    " rhian rhys richard rita rob robert roberta robin roger roisin ron ronald rory rosemary ross roy ruby rukhsana"
    " russell ruth ryan sally sam samantha samuel sandra sanjay sara sarah saoirse scott sean sebastian shane shannon"
    " sharon sheila shirley shona siobhan sofia sonia sophia sophie stacey stan stanley stella stephanie stephen steve"
    " steven stewart stuart sue sunil sunita susan suzanne sven sylvia tanya tara ted teresa terence terry theresa"
    " thomas tim timothy tina toby todd tom tommy toni tony tracey tracy trevor tyler valerie vanessa vera vernon"
    " veronica vicky victor victoria vijay vikram vincent violet virginia vivian walter wayne wendy wilfred william"
    " winifred yasmin yusuf yvonne zac zachary zainab zara zoe oksana olena ngozi chioma emeka tunde thandi sipho"
    " nguyen wei ming hiroshi yuki mehmet ayse giulia marco luca pierre jacques hans klaus jurgen piotr agnieszka"
    " katarzyna anil suresh ramesh mukesh pooja neha kavita divya ananya rohan karthik lakshmi fatou amara kofi"
    " debbie debra leanne tamika tyrone winifred doreen edna elsie ethel gertrude maud mavis agatha beryl brian"
    " cecil clive cyril dean declan dermot desmond donal eamon eunice ewan fergus finlay fraser gaynor gerry"
    " gordon greg gwyneth hamish hector howell hywel iain irma ismail janine jared jermaine jodi jolene kaye"
    " kayleigh keiran kelsey kendra kirk kirsten kyle lance latoya lena leroy linus lonnie lorna lynda lynette"
    " mandy marcia marjorie marlon marvin maxine mel merle milly mina minnie mitchell morag myra nadine ned nell"
    " nina noreen olwen orla paulette percy petra polly preston prudence quentin rasheed reggie rhona rhonda"
    " rochelle rodney roland roxanne rufus sadie saleem sanjeev seamus sergio shaun sian sindhu stuart sylvie"
    " tamara tanisha tessa thelma tricia trisha una ursula velma vernon verity wilma yolanda zelda ximena"
    " abena adwoa tariq bilal hamza omar layla mariam noor salma freya poppy evie ruairi"
)
# What follows a title, a first name or a relative without being a name.
NOT_NAMES = _set(
    "google pepper scholl who muscle bump martens strange kipling oz house dre tickle happy messy grumpy whippy"
    " google's sheen potato bean men brown's hyde jekyll right alzheimer seuss phil web internet wife md gp marten"
)
NOT_SURNAMES = _set(
    "a an and are as at be been but by can cant could did do does dont for from get go going got had has have he her"
    " here him his how i if in into is isnt it its ive just like may me might more most much my new no not now of off"
    " on one only or our out over said says see seen she should since so some still such take takes than that the their"
    " them then there they this to told too took tried under until up us very was we well were what when where which"
    " while who why will with would you your after again also always any asked because before being call called came"
    " come didnt doesnt done down during each else even ever every feel feels feeling few first found full gave gets"
    " give given good great hasnt help hi hello hope im keeps kept know last left let long look made make many mean"
    " never next nothing ok okay old other own please point put really rang right same saw sent seems sorry sure thank"
    " thanks thing think thinks though thought today tomorrow tonight took two want wants went wont worried yes yet"
    # health, places and things that stand with a capital
    " disease syndrome palsy hospital clinic surgery infirmary ward centre center foundation trust nhs university"
    " college school test tests scan mri ct ecg criteria sign score scale scores index stage type grade day pain cream"
    " diagnosed having taking suffering unable trying looking getting experiencing wondering pregnant diabetic male"
    " female years year old monday tuesday wednesday thursday friday saturday sunday january february march april june"
    " july august september october november december christmas easter god jesus allah lord covid street road avenue"
    " lane park england scotland wales ireland uk usa us america london manchester india australia canada english"
    " british american indian irish scottish german french spanish european christian muslim hindu jewish catholic"
    " ibuprofen paracetamol aspirin metformin sertraline tylenol advil crohn crohns parkinson parkinsons alzheimer"
    " alzheimers hodgkin hashimoto hashimotos graves addison addisons cushing cushings raynaud raynauds sjogren wilson"
    " gilbert bell bells down downs turner marfan wort doctor dr nurse practitioner gp consultant specialist prescribed"
    " advised recommended reckons wanted suggested gave increased started changed explained appointment appointments"
    " visit visits office line team staff led unit manager student station mother father aid aids kit syndrome's"
    " afternoon morning evening everyone everybody all anyone folks guys doc doctors sir madam team friends ladies"
    " sister brother mum mom dad husband wife son daughter nan gran grandma grandad aunt auntie uncle law baby dog cat"
    " autistic asthmatic anxious scared tired new back home alone here both using via per plus minus mg ml"
    " doing being seeing waiting referred refused thinks phoned rang emailed wrote booked checked looked listened"
    " stopped put keeps won wouldn couldn didn doesn isn wasn shouldn agreed ordered discharged signed talked mentioned"
    " kingdom states zealand africa kong arabia lanka jersey york hampshire mexico carolina dakota virginia"
    " of's regards best kind wishes love cheers"
)
# Numbers anybody may give: crisis lines, emergency numbers, health lines.
CRISIS_LINES = _set(
    "116123 44116123 988 911 999 112 111 101 85258 741741 18002738255 1800273825 2738255 50808 1800247247 131114"
    " 0477131114 1737 0508828865 14416 18008914416 0800567567 31393 08001110111 08001110222 142 143 3114 1813 08000113"
    " 113 024 1411 808242424 0223272327 90101 0925250111 800702222 116111 0120279338 08003008355 109 1767 91511767"
    " 23892222 28960000 1553 09178998727 188 8009112000 5552598121 08009990091 135 08000684141 0800684141 08001111"
    " 1300224636 1300659467 1800551800 18006682868 18007997233 8664887386 18664887386 8006624357 18006624357 131126"
    " 18002221222 8002221222 0344111 0344892011 1300789978 07860039967 020 8006624357 116000 116006 18006564673"
)
