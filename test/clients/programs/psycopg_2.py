"""What every client does, by psycopg 2, which writes values into the text. The way there is in libpq's variables."""

import io
import json
import sys
import threading

import psycopg2

table = sys.argv[1]
report = {}

connection = psycopg2.connect("")
connection.autocommit = True
cursor = connection.cursor()
cursor.execute(f"create table {table} (id int primary key, word text)")
insert = f"insert into {table} values (%s, %s)"
cursor.execute(insert, (1, "one"))
cursor.execute(insert, (2, "zwölf's"))
connection.autocommit = False
cursor.execute(f"update {table} set word = upper(word) where id = %s", (1,))
connection.commit()
connection.autocommit = True
cursor.copy_expert(f"copy {table} from stdin", io.StringIO("3\tthree\n4\t\\N\n"))
copied = io.StringIO()
cursor.copy_expert(f"copy {table} to stdout", copied)
report["copied"] = copied.getvalue()
cursor.execute("select i, repeat('x', 100) from generate_series(1, 100000) i")
report["rows"] = len(cursor.fetchall())

try:
    cursor.execute("selec 1")
except psycopg2.Error as error:
    report["failed"] = error.pgcode


def cancel_when_told():
    sys.stdin.readline()
    connection.cancel()


threading.Thread(target=cancel_when_told).start()
print("running", flush=True)
try:
    cursor.execute(f"select pg_sleep(60), '{table}'")
except psycopg2.Error as error:
    report["cancelled"] = error.pgcode

cursor.execute(f"select word from {table} order by id")
report["words"] = [word for (word,) in cursor.fetchall()]
connection.close()

connection = psycopg2.connect("")
cursor = connection.cursor()
cursor.execute("select 'again'")
(report["again"],) = cursor.fetchone()
connection.close()

print(json.dumps(report))
