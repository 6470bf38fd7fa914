"""The catalogue of assets and scenes: SQLite or PostgreSQL by SQLAlchemy, Firestore by configuration."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from blueprint.contracts.catalogue import AssetEntry, SceneEntry
from blueprint.contracts.document import Document
from blueprint.contracts.errors import InputError, MissingDependencyError, ServiceError

__all__ = ["Catalogue", "FirestoreCatalogue", "SqlCatalogue", "catalogue_from"]

MAX_ROWS = 10_000
_Entry = TypeVar("_Entry", bound=Document)


class Catalogue(Protocol):
    """Entries by id. Writing one twice is the same as once; the last writer of an id wins."""

    def put_asset(self, entry: AssetEntry) -> None: ...

    def put_scene(self, entry: SceneEntry) -> None: ...

    def asset(self, asset_id: str) -> AssetEntry | None: ...

    def scene(self, scene_id: str) -> SceneEntry | None: ...

    def assets(self, class_name: str | None = None) -> Iterator[AssetEntry]:
        """Yield assets in the order of their ids, of one class or all."""
        ...


def catalogue_from(setting: str, default_folder: Path) -> Catalogue:
    """Return the catalogue of a setting.

    "" or "sqlite": `default_folder`/catalogue.sqlite; a URL `sqlite:///…` or `postgresql+pg8000://…`: that database;
    "firestore": the project of FIRESTORE_PROJECT. Raises InputError for anything else.
    """
    if setting in ("", "sqlite"):
        default_folder.mkdir(parents=True, exist_ok=True)
        return SqlCatalogue(f"sqlite:///{default_folder / 'catalogue.sqlite'}")
    if setting.startswith(("sqlite:///", "postgresql+pg8000://")):
        return SqlCatalogue(setting)
    if setting == "firestore":
        return FirestoreCatalogue(os.environ.get("FIRESTORE_PROJECT"))
    raise InputError(
        f"no catalogue {setting.partition('://')[0]!r}.",
        remedy="use sqlite, sqlite:///FILE, postgresql+pg8000://… or firestore.",
    )


_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_METADATA = sa.MetaData()
_ASSETS = sa.Table(
    "assets",
    _METADATA,
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("class_name", sa.String(200), nullable=False, index=True),
    sa.Column("document", sa.Text, nullable=False),
)
_SCENES = sa.Table(
    "scenes",
    _METADATA,
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("document", sa.Text, nullable=False),
)


class SqlCatalogue:
    """Entries as JSON rows of two tables, made on first use. Every write is one transaction."""

    def __init__(self, url: str) -> None:
        """Open the database; raises ServiceError where it cannot be reached, MissingDependencyError without driver."""
        try:
            self._engine = sa.create_engine(url, pool_pre_ping=True)
            _METADATA.create_all(self._engine)
        except ModuleNotFoundError as error:
            raise MissingDependencyError(
                f"this database needs {error.name}.", remedy="pip install 'blueprint-pipeline[postgres]'."
            ) from error
        except sa.exc.SQLAlchemyError as error:
            raise self._failed(error) from error

    def put_asset(self, entry: AssetEntry) -> None:
        self._put(_ASSETS, entry.asset_id, {"class_name": entry.class_name, "document": entry.model_dump_json()})

    def put_scene(self, entry: SceneEntry) -> None:
        self._put(_SCENES, entry.scene_id, {"document": entry.model_dump_json()})

    def asset(self, asset_id: str) -> AssetEntry | None:
        return self._get(_ASSETS, asset_id, AssetEntry)

    def scene(self, scene_id: str) -> SceneEntry | None:
        return self._get(_SCENES, scene_id, SceneEntry)

    def assets(self, class_name: str | None = None) -> Iterator[AssetEntry]:
        query = sa.select(_ASSETS.c.document).order_by(_ASSETS.c.id).limit(MAX_ROWS)
        if class_name is not None:
            query = query.where(_ASSETS.c.class_name == class_name)
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(query).scalars().all()
        except sa.exc.SQLAlchemyError as error:
            raise self._failed(error) from error
        yield from (AssetEntry.parse(row) for row in rows)

    def close(self) -> None:
        self._engine.dispose()

    def _put(self, table: sa.Table, key: str, values: dict[str, Any]) -> None:
        try:
            insert = _INSERTS[self._engine.dialect.name](table).values(id=key, **values)
            with self._engine.begin() as connection:
                connection.execute(insert.on_conflict_do_update(index_elements=[table.c.id], set_=values))
        except sa.exc.SQLAlchemyError as error:
            raise self._failed(error) from error

    def _get(self, table: sa.Table, key: str, kind: type[_Entry]) -> _Entry | None:
        try:
            with self._engine.connect() as connection:
                row = connection.execute(sa.select(table.c.document).where(table.c.id == key)).scalar()
        except sa.exc.SQLAlchemyError as error:
            raise self._failed(error) from error
        return None if row is None else kind.parse(row)

    @staticmethod
    def _failed(error: sa.exc.SQLAlchemyError) -> ServiceError:
        reason = str(getattr(error, "orig", None) or type(error).__name__).splitlines()[0]
        return ServiceError(f"the catalogue's database failed: {reason}.", remedy="check its address and that it runs.")


class FirestoreCatalogue:
    """Collections `assets` and `scenes` of a Firestore database (or of the emulator at FIRESTORE_EMULATOR_HOST)."""

    def __init__(self, project: str | None) -> None:
        try:
            from google.cloud import firestore
        except ImportError as error:
            raise MissingDependencyError(
                "the Firestore catalogue needs google-cloud-firestore.",
                remedy="pip install 'blueprint-pipeline[firestore]'.",
            ) from error
        self._client = firestore.Client(project=project)

    def put_asset(self, entry: AssetEntry) -> None:
        self._document("assets", entry.asset_id).set(entry.model_dump(mode="json"))

    def put_scene(self, entry: SceneEntry) -> None:
        self._document("scenes", entry.scene_id).set(entry.model_dump(mode="json"))

    def asset(self, asset_id: str) -> AssetEntry | None:
        found = self._document("assets", asset_id).get()
        return AssetEntry.model_validate(found.to_dict()) if found.exists else None

    def scene(self, scene_id: str) -> SceneEntry | None:
        found = self._document("scenes", scene_id).get()
        return SceneEntry.model_validate(found.to_dict()) if found.exists else None

    def assets(self, class_name: str | None = None) -> Iterator[AssetEntry]:
        query = self._client.collection("assets").order_by("asset_id").limit(MAX_ROWS)
        if class_name is not None:
            query = query.where("class_name", "==", class_name)
        yield from (AssetEntry.model_validate(item.to_dict()) for item in query.stream())

    def _document(self, collection: str, key: str) -> Any:
        return self._client.collection(collection).document(key.replace("/", "%2F"))
