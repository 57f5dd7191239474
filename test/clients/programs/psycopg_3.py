"""What every client does, by psycopg 3. The way there is in libpq's variables."""

import json
import sys
import threading

import psycopg

table = sys.argv[1]
report = {}

with psycopg.connect(autocommit=True) as connection:
    connection.execute(f"create table {table} (id int primary key, word text)")
    insert = f"insert into {table} values (%s, %s)"
    connection.execute(insert, (1, "one"), prepare=True)
    connection.execute(insert, (2, "zwölf's"), prepare=True)
    with connection.transaction():
        connection.execute(f"update {table} set word = upper(word) where id = %s", (1,))
    with connection.cursor().copy(f"copy {table} from stdin") as copy:
        copy.write_row((3, "three"))
        copy.write_row((4, None))
    with connection.cursor().copy(f"copy {table} to stdout") as copy:
        report["copied"] = b"".join(copy).decode()
    large = "select i, repeat('x', 100) from generate_series(1, 100000) i"
    report["rows"] = len(connection.execute(large).fetchall())

    try:
        connection.execute("selec 1")
    except psycopg.Error as error:
        report["failed"] = error.sqlstate

    def cancel_when_told():
        sys.stdin.readline()
        # Since 3.2, and over libpq 17 and later, a cancel goes the way that its connection went: inside TLS.
        getattr(connection, "cancel_safe", connection.cancel)()

    threading.Thread(target=cancel_when_told).start()
    print("running", flush=True)
    try:
        connection.execute(f"select pg_sleep(60), '{table}'")
    except psycopg.Error as error:
        report["cancelled"] = error.sqlstate

    rows = connection.execute(f"select word from {table} order by id").fetchall()
    report["words"] = [word for (word,) in rows]

with psycopg.connect() as connection:
    (report["again"],) = connection.execute("select 'again'").fetchone()

print(json.dumps(report))
