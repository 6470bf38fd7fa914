"""From a room type, as written in any of its ways, to its grammar."""

from blueprint.sources.rooms.grammar.homes import HOMES
from blueprint.sources.rooms.grammar.public import PUBLIC
from blueprint.sources.rooms.grammar.rules import Grammar, uses

__all__ = ["GENERIC", "grammar_of"]

_ALSO = {
    "dining": "dining_room", "living": "living_room", "lounge": "living_room", "den": "living_room",
    "family_room": "living_room", "sitting_room": "living_room", "study": "office", "home_office": "office",
    "master_bedroom": "bedroom", "guest_room": "bedroom", "guest_bedroom": "bedroom", "dorm_room": "bedroom",
    "kids_bedroom": "kids_room", "childrens_room": "kids_room", "playroom": "kids_room", "nursery_room": "nursery",
    "kitchenette": "kitchen", "restroom": "toilet", "wc": "toilet", "powder_room": "toilet", "washroom": "bathroom",
    "entryway": "hallway", "foyer": "hallway", "corridor": "hallway", "entrance": "hallway", "lobby": "reception",
    "laundry": "laundry_room", "utility_room": "laundry_room", "walk_in_closet": "closet", "dressing_room": "closet",
    "doctors_office": "clinic", "exam_room": "clinic", "dentist": "clinic", "pharmacy": "shop", "ward": "hospital_room",
    "laboratory": "lab", "conference_room": "meeting_room", "boardroom": "meeting_room", "store": "shop",
    "boutique": "clothes_shop", "grocery_store": "supermarket", "grocery": "supermarket", "coffee_shop": "cafe",
    "diner": "restaurant", "canteen": "restaurant", "pub": "bar", "fitness_room": "gym", "storeroom": "storage",
    "storage_room": "storage", "shed": "workshop", "makerspace": "workshop", "tool_room": "workshop",
    "data_center": "server_room", "bookstore": "library", "shelf": "library", "studio_apartment": "studio",
    "apartment": "studio", "art_studio": "art_room", "auditorium": "theater", "cinema": "theater",
    "salon": "clothes_shop", "break_room": "kitchen", "game_room": "living_room", "mailroom": "storage",
    "hotel": "hotel_room", "changing_room": "locker_room", "coworking_space": "open_office", "bookshop": "library",
}  # fmt: skip

GENERIC = Grammar(
    uses("table|desk chair*1-2 shelf|bookcase:.8 floor_plant:.6 side_table:.5"),
    uses("shelf*1-2 sideboard:.6 armchairs:.6 low_shelf floor_lamp:.6"),
    uses("picture*1-3 wall_clock:.5 wall_shelf:.5 curtain:.6"),
    uses("ceiling_light"),
    ("books", "decor", "storage"),
)


def grammar_of(room_type: str) -> Grammar:
    """Return the grammar of a room type; an unknown one gets the generic grammar."""
    name = _ALSO.get(room_type, room_type)
    return HOMES.get(name) or PUBLIC.get(name) or GENERIC
