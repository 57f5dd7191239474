// What every client does, by pgx. The way there is in libpq's variables, which it reads as the URL of DATABASE_URL alike.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgconn"
	"github.com/jackc/pgx/v4"
)

func main() {
	table := os.Args[1]
	ctx := context.Background()
	report := map[string]any{}

	conn := connect(ctx, os.Getenv("DATABASE_URL"))
	execute(ctx, conn, "create table "+table+" (id int primary key, word text)")
	execute(ctx, conn, "insert into "+table+" values ($1, $2)", 1, "one")
	execute(ctx, conn, "insert into "+table+" values ($1, $2)", 2, "zwölf's")
	must(conn.BeginFunc(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update "+table+" set word = upper(word) where id = $1", 1)
		return err
	}))
	_, err := conn.PgConn().CopyFrom(ctx, strings.NewReader("3\tthree\n4\t\\N\n"), "copy "+table+" from stdin")
	must(err)
	var copied bytes.Buffer
	_, err = conn.PgConn().CopyTo(ctx, &copied, "copy "+table+" to stdout")
	must(err)
	report["copied"] = copied.String()

	count := 0
	rows, err := conn.Query(ctx, "select i, repeat('x', 100) from generate_series(1, 100000) i")
	must(err)
	for rows.Next() {
		count++
	}
	must(rows.Err())
	report["rows"] = count
	report["failed"] = failure(conn.QueryRow(ctx, "selec 1").Scan(nil))

	fmt.Println("running")
	report["cancelled"] = cancelWhenTold(ctx, conn, "select pg_sleep(60), '"+table+"'")

	words := []*string{}
	rows, err = conn.Query(ctx, "select word from "+table+" order by id")
	must(err)
	for rows.Next() {
		var word *string
		must(rows.Scan(&word))
		words = append(words, word)
	}
	must(rows.Err())
	report["words"] = words
	must(conn.Close(ctx))

	second := connect(ctx, "") // by the variables
	var again string
	must(second.QueryRow(ctx, "select 'again'", pgx.QuerySimpleProtocol(true)).Scan(&again))
	report["again"] = again
	must(second.Close(ctx))
	must(json.NewEncoder(os.Stdout).Encode(report))
}

func connect(ctx context.Context, way string) *pgx.Conn {
	conn, err := pgx.Connect(ctx, way)
	must(err)
	return conn
}

func execute(ctx context.Context, conn *pgx.Conn, sql string, parameters ...any) {
	_, err := conn.Exec(ctx, sql, parameters...)
	must(err)
}

// cancelWhenTold asks the server to cancel. A context that ends would close the connection instead.
func cancelWhenTold(ctx context.Context, conn *pgx.Conn, sql string) string {
	go func() {
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		must(err)
		must(conn.PgConn().CancelRequest(ctx))
	}()
	_, err := conn.Exec(ctx, sql)
	return failure(err)
}

func failure(err error) string {
	var failed *pgconn.PgError
	if errors.As(err, &failed) {
		return failed.Code
	}
	must(err)
	return "none"
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
