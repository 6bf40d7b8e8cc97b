package main

import (
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net/http"
	"time"

	_ "modernc.org/sqlite" // registers the driver

	"github.com/whatspie-go/whatspie"
)

// table has a row per device with its status and the time of its last change. Each process marks the rows that it has
// seen with its run, and deletes the others: these devices were removed while no process was running.
type table struct {
	*sql.DB

	run int64
}

func openTable(ctx context.Context, file string) (*table, error) {
	db, err := sql.Open("sqlite", file+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)")
	if err != nil {
		return nil, err
	}
	_, err = db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS numbers (
		id INTEGER PRIMARY KEY, name TEXT, phone TEXT, status TEXT, since TEXT, run INTEGER)`)
	return &table{db, time.Now().UnixNano()}, err
}

// watch keeps the table up to date until the context ends.
func (t *table) watch(ctx context.Context, client *whatspie.Client) error {
	for event, err := range client.Devices.Watch(ctx) {
		if err != nil {
			return err
		}
		switch event.Kind {
		case whatspie.WatchDevice, whatspie.WatchAdded, whatspie.WatchChanged:
			d := event.Device
			_, err = t.ExecContext(ctx, `INSERT INTO numbers VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
				name = excluded.name, phone = excluded.phone, status = excluded.status, run = excluded.run,
				since = iif(status = excluded.status, since, excluded.since)`,
				d.ID, d.Name, d.Phone, string(d.PairedStatus), time.Now().UTC().Format(time.RFC3339Nano), t.run)
		case whatspie.WatchRemoved:
			_, err = t.ExecContext(ctx, `DELETE FROM numbers WHERE id = ?`, event.Device.ID)
		case whatspie.WatchSynced:
			up.Set(1)
			_, err = t.ExecContext(ctx, `DELETE FROM numbers WHERE run <> ?`, t.run)
		case whatspie.WatchRetry:
			up.Set(0)
			slog.Warn("cannot read the devices", "error", event.Err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *table) serve(w http.ResponseWriter, r *http.Request) {
	var rows string
	err := t.QueryRowContext(r.Context(), `SELECT json_group_array(json_object(
		'id', id, 'name', name, 'phone', phone, 'status', status, 'since', since) ORDER BY id) FROM numbers`).Scan(&rows)
	if err != nil {
		slog.Error("cannot read the table", "error", err)
		http.Error(w, "cannot read the table", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, rows) // the client may be gone
}
