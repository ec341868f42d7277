"""Changing the embedder: every text gets its new vector beside the old one, then the store switches
in one transaction. Until then everybody works on with the old vectors; interrupted, it goes on
where it was.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, delete, exists, insert, select

from knowhow_memory.database import Database
from knowhow_memory.embedder import Embedder
from knowhow_memory.head import Head, write_fact
from knowhow_memory.rows import vector_checksum
from knowhow_memory.tables import EMBEDDING, PROBLEM

BATCH = 256


def reembed(
    database: Database, embedder: Embedder, *, report: Callable[[int], None] = lambda done: None
) -> int:
    """Give every text a vector of `embedder` and switch; returns how many were embedded now."""
    done = 0
    while True:
        with database.reading() as connection:
            texts = _without_vector(connection, embedder)
        vectors = list(embedder.embed_many(list(texts.values()))) if texts else []
        with database.writing() as connection:
            # Others may have embedded or purged some of these meanwhile.
            still = _without_vector(connection, embedder)
            rows = [
                _row(digest, embedder, vector.astype("<f4").tobytes())
                for digest, vector in zip(texts, vectors, strict=True)
                if digest in still
            ]
            if rows:
                connection.execute(insert(EMBEDDING), rows)
            if not still:
                _switch(connection, embedder)
                return done
        done += len(rows)
        report(done)


def _without_vector(connection: Connection, embedder: Embedder) -> dict[str, str]:
    """The next texts to embed, by digest."""
    done = exists().where(
        EMBEDDING.c.digest == PROBLEM.c.digest, EMBEDDING.c.embedder == embedder.fingerprint
    )
    query = select(PROBLEM.c.digest, PROBLEM.c.text).where(~done)
    rows = connection.execute(query.order_by(PROBLEM.c.id).limit(BATCH))
    return {row.digest: row.text for row in rows}


def _row(digest: str, embedder: Embedder, vector: bytes) -> dict[str, Any]:
    return {
        "digest": digest,
        "embedder": embedder.fingerprint,
        "vector": vector,
        "checksum": vector_checksum(digest, vector),
    }


def _switch(connection: Connection, embedder: Embedder) -> None:
    """From here on the store is the new embedder's; the new number tells every open process."""
    head = Head.load(connection)
    head.next()
    head.save()
    write_fact(connection, "embedder", embedder.fingerprint)
    write_fact(connection, "embedder_name", embedder.name)
    write_fact(connection, "dim", str(embedder.dim))
    connection.execute(delete(EMBEDDING).where(EMBEDDING.c.embedder != embedder.fingerprint))
