"""Room types: the nouns that name them, and which one a scene is when the prompt names none."""

from collections import Counter
from collections.abc import Sequence

from blueprint.assets.lexicon import ancestors, category, stands_on_floor
from blueprint.contracts.errors import InputError
from blueprint.sources.text.spec import RoomType
from blueprint.sources.text.words import ROOM_ANCHORS, ROOM_VOTES

__all__ = ["DEFAULT_HOME", "HOUSE_NOUNS", "ROOM_NOUNS", "ROOM_TYPES", "room_type", "tabletop_room_type"]

_NOUNS: dict[RoomType, str] = {
    "bedroom": "bedroom,master bedroom,guest bedroom,main bedroom,guest room,bed room,dorm room,dormitory,"
    "sleeping room,primary bedroom,bedchamber,teen bedroom,spare bedroom,dorm",
    "kids_room": "kids room,kids' room,kid's room,children's room,child's room,children's bedroom,kids bedroom,"
    "kids' bedroom,kid's bedroom,child's bedroom,playroom,play room,boy's room,girl's room,toddler room,toddler's room,"
    "girl's bedroom,boy's bedroom,teenager's bedroom,teenager's room",
    "nursery": "nursery,baby room,baby's room",
    "living_room": "living room,lounge,sitting room,family room,livingroom,den,front room,drawing room,"
    "sunroom,parlor,parlour,media room,home theater,home theatre,home cinema,tv room,lounge room,conservatory",
    "kitchen": "kitchen,kitchenette,galley kitchen,galley,commercial kitchen,open kitchen,eat-in kitchen",
    "dining": "dining room,dining area,dining hall,breakfast room,diningroom,banquet hall,breakfast nook,dining space",
    "bathroom": "bathroom,restroom,washroom,powder room,shower room,ensuite,en-suite,ensuite bathroom,toilet room,"
    "en-suite bathroom,wet room,half bath,full bath,bath room,public toilet,public restroom,master bathroom",
    "office": "office,home office,study,study room,workspace,work room,private office,office space,open office,"
    "open-plan office,cubicle,writing room,executive office,corner office,coworking space,"
    "co-working space,principal's office",
    "hallway": "hallway,corridor,hall,landing,passageway",
    "entryway": "entryway,foyer,entrance hall,mudroom,mud room,vestibule,entry hall,lobby entrance",
    "laundry_room": "laundry room,utility room,laundromat,launderette,laundry area",
    "garage": "garage,carport,car garage",
    "workshop": "workshop,makerspace,tool shed,toolroom,wood shop,woodshop,woodworking shop,repair shop,machine shop,"
    "maker space,tool room,carpentry workshop,auto shop,shed,bike shop,garden shed",
    "pantry": "pantry,larder,walk-in pantry",
    "studio": "studio,studio apartment,studio flat,loft,bedsit,one-room apartment,efficiency apartment,studio loft,"
    "micro apartment",
    "library": "library,reading room,public library,school library,home library,book room,bookstore,bookshop,book shop",
    "gym": "gym,home gym,fitness center,fitness centre,fitness room,weight room,exercise room,gymnasium,workout room,"
    "yoga studio,fitness studio,dance studio,pilates studio",
    "clinic": "clinic,exam room,examination room,doctor's office,medical office,doctor's surgery,consultation room,"
    "treatment room,medical exam room,dental clinic,dentist's office,vet clinic,clinic exam room,consulting room,"
    "veterinary clinic,dental office,clinic room,medical room,nurse's office,physiotherapy room,first aid room",
    "waiting_room": "waiting room,waiting area,waiting lounge,doctor's waiting room,departure lounge"
    ",airport terminal,train station,airport lounge",
    "hospital_room": "hospital room,hospital ward,patient room,ward,recovery room,icu,icu room,intensive care unit,"
    "operating room,operating theatre,operating theater,patient's room,emergency room",
    "lab": "lab,laboratory,chemistry lab,science lab,research lab,biology lab,chemistry laboratory,physics lab,"
    "science laboratory,medical lab,testing lab,computer lab,wet lab,research laboratory",
    "classroom": "classroom,class room,lecture room,schoolroom,lecture hall,school classroom,kindergarten,preschool,"
    "seminar room,training room,daycare,preschool classroom,kindergarten classroom",
    "meeting_room": "meeting room,conference room,boardroom,board room,huddle room,council room",
    "reception": "reception,reception area,lobby,front desk area,hotel lobby,office lobby,reception room,bank",
    "shop": "shop,store,retail store,boutique,clothing store,clothes shop,gift shop,shoe store,retail shop,toy store,"
    "toy shop,clothing shop,jewelry store,hardware store,electronics store,flower shop,florist,pet store,"
    "fashion boutique,convenience store,corner shop,corner store,showroom,shoe shop,pharmacy,drugstore,thrift store,"
    "antique shop,music store,bakery,butcher shop",
    "supermarket": "supermarket,grocery store,mini market,minimart,grocery shop,food store",
    "cafe": "cafe,café,coffee shop,coffeehouse,tea room,coffee house,tea house,cafeteria,canteen,bakery cafe,"
    "ice cream shop,ice cream parlor,internet cafe",
    "restaurant": "restaurant,diner,bistro,pizzeria,fast food restaurant,steakhouse,sushi restaurant,eatery,food court",
    "bar": "bar,pub,tavern,cocktail bar,nightclub,wine bar,sports bar,cocktail lounge",
    "hotel_room": "hotel room,motel room,hotel suite,hotel bedroom,guest suite,inn room,suite,hostel room",
    "warehouse": "warehouse,storage warehouse,distribution center,distribution centre,stockroom,loading dock,"
    "fulfillment center,factory,factory floor,storehouse,hangar,depot",
    "storage": "storage room,storeroom,store room,closet room,walk-in closet,walk-in wardrobe,supply room,basement,"
    "cellar,attic,utility closet,supply closet,janitor's closet,dressing room,cloakroom,broom closet,storage unit,"
    "storage closet,archive room,locker room,changing room,school locker room,gym locker room",
    "mailroom": "mailroom,mail room,post room,post office,sorting room,mail office",
    "server_room": "server room,data center,data centre,server closet,network room,it room,control room",
    "salon": "salon,hair salon,beauty salon,barbershop,barber shop,nail salon,spa,hairdresser,hairdresser's,"
    "beauty parlor,massage room,spa room,tattoo parlor,tattoo studio",
    "music_room": "music room,music studio,recording studio,rehearsal room,practice room,band room,piano room,"
    "sound studio,podcast studio,concert hall",
    "art_studio": "art studio,artist's studio,painting studio,atelier,art room,craft room,pottery studio,photo studio,"
    "photography studio,sewing room,design studio,art classroom,hobby room,art gallery,gallery,museum,exhibition room",
    "game_room": "game room,games room,gaming room,arcade,rec room,recreation room,billiard room,man cave,pool room,"
    "esports room,poker room,bowling alley",
    "break_room": "break room,staff room,breakroom,staff kitchen,office kitchen,lunch room,lunchroom,staff lounge,"
    "teachers' lounge,employee lounge,teacher's lounge,common room,tea point",
    "balcony": "balcony,terrace,patio,porch,veranda,roof terrace,rooftop terrace,sun deck,back porch,front porch",
}  # fmt: skip
ROOM_TYPES: tuple[RoomType, ...] = (*_NOUNS, "shelf")
ROOM_NOUNS: dict[tuple[str, ...], RoomType] = {
    tuple(noun.replace("-", " ").split()): kind for kind, nouns in _NOUNS.items() for noun in nouns.split(",")
}
_HOMES = (
    "apartment,flat,house,home,condo,condominium,villa,cottage,bungalow,penthouse,townhouse,family home,family house,"
    "maisonette,cabin,duplex,mobile home,tiny house,farmhouse,mansion,residence,floor plan,floorplan,log cabin,"
    "beach house,country house,holiday home,chalet"
)
HOUSE_NOUNS: frozenset[tuple[str, ...]] = frozenset(tuple(noun.split()) for noun in _HOMES.split(","))
DEFAULT_HOME: tuple[RoomType, ...] = ("living_room", "kitchen", "bedroom", "bathroom")

_TABLETOP: dict[RoomType, RoomType] = {
    "library": "shelf", "pantry": "shelf", "storage": "shelf", "garage": "workshop", "restaurant": "dining",
    "cafe": "dining", "bar": "dining", "break_room": "kitchen", "classroom": "office", "meeting_room": "office",
}  # fmt: skip
_ANCHOR_ROOMS: dict[str, RoomType] = {
    "counter": "kitchen",
    "workbench": "workshop",
    "desk": "office",
    "shelf": "shelf",
    "table": "dining",
}


def tabletop_room_type(stated: str | None, mentioned: Sequence[str], categories: Sequence[str]) -> RoomType:
    """Return the type of a table-top scene, one of kitchen, dining, office, workshop and shelf: stated ("a kitchen"),
    else mentioned ("a kitchen table"), else of the first furniture, else the one whose usual things are most."""
    for name in (stated, *mentioned):
        known = _TABLETOP.get(name or "", name)
        if known in ROOM_ANCHORS:
            return known
    for name in categories:
        for above in _ancestors(name):
            if above in _ANCHOR_ROOMS:
                return _ANCHOR_ROOMS[above]
    votes = {room: sum(name in usual for name in categories) for room, usual in ROOM_VOTES.items()}
    return max(ROOM_ANCHORS, key=lambda room: votes.get(room, 0))


def room_type(mentioned: Sequence[str], categories: Sequence[str]) -> RoomType:
    """Return the type of a room that has no name: mentioned, else where most of its kinds of things are usual (a kind
    counts for its first room most, furniture twice), else a living room."""
    if mentioned:
        return mentioned[0]
    votes: Counter[str] = Counter()
    for name in categories:
        weight = 2 if stands_on_floor(name) else 1
        for rank, room in enumerate(_usual_rooms(name)):
            votes[room] += weight * (3 if rank == 0 else 1)
    return max(ROOM_TYPES, key=lambda room: (votes[room], room == "living_room"))


def _usual_rooms(name: str) -> tuple[str, ...]:
    for above in _ancestors(name):
        if rooms := category(above).rooms:
            return rooms
    return ()


def _ancestors(name: str) -> tuple[str, ...]:
    try:
        category(name)
    except InputError:  # a stand-in
        return ()
    return tuple(ancestors(name))
