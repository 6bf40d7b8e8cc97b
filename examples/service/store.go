package main

import (
	"context"
	"database/sql"

	_ "modernc.org/sqlite" // the driver

	"github.com/whatspie-go/whatspie"
)

// store is what the service knows of the fleet, and when each number's connection last changed.
type store struct{ *sql.DB }

// number is a row of the table, as GET /numbers returns it.
type number struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Phone   string `json:"phone"`
	Status  string `json:"status"`
	Changes int    `json:"changes"` // of the status, while the service watched
}

func openStore(ctx context.Context, path string) (*store, error) {
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)")
	if err != nil {
		return nil, err
	}
	_, err = db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS numbers (
		id INTEGER PRIMARY KEY, name TEXT NOT NULL, phone TEXT NOT NULL, status TEXT NOT NULL, changes INTEGER NOT NULL DEFAULT 0)`)
	return &store{db}, err
}

// put is safe to repeat: the same state twice is no change.
func (s *store) put(ctx context.Context, device *whatspie.Device) error {
	_, err := s.ExecContext(ctx, `INSERT INTO numbers (id, name, phone, status) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, phone = excluded.phone, status = excluded.status,
		changes = changes + (status <> excluded.status)`,
		device.ID, device.Name, device.Phone, string(device.PairedStatus))
	return err
}

func (s *store) remove(ctx context.Context, id int64) error {
	_, err := s.ExecContext(ctx, `DELETE FROM numbers WHERE id = ?`, id)
	return err
}

func (s *store) removeOthers(ctx context.Context, seen map[int64]bool) error {
	numbers, err := s.numbers(ctx)
	for _, n := range numbers {
		if err == nil && !seen[n.ID] {
			err = s.remove(ctx, n.ID)
		}
	}
	return err
}

func (s *store) numbers(ctx context.Context) ([]number, error) {
	rows, err := s.QueryContext(ctx, `SELECT id, name, phone, status, changes FROM numbers ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err reports it
	all := []number{}
	for rows.Next() {
		var n number
		if err := rows.Scan(&n.ID, &n.Name, &n.Phone, &n.Status, &n.Changes); err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, rows.Err()
}
