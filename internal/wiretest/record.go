package wiretest

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/whatspie-go/whatspie"
)

// DriftLog records the drift that a client reports, one line for each.
type DriftLog struct {
	mu    sync.Mutex
	Lines []string
}

func (l *DriftLog) add(d whatspie.Drift) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Lines = append(l.Lines, fmt.Sprintf("%s %s %s", d.Operation, d.Path, d.Kind))
}

// Option makes a client report to the log.
func (l *DriftLog) Option() whatspie.Option { return whatspie.WithDriftHandler(l.add) }

// LogRecorder is a slog.Handler that keeps all records.
type LogRecorder struct {
	mu      sync.Mutex
	records []slog.Record
}

// Enabled returns true.
func (r *LogRecorder) Enabled(context.Context, slog.Level) bool { return true }

// WithAttrs returns the recorder.
func (r *LogRecorder) WithAttrs([]slog.Attr) slog.Handler { return r }

// WithGroup returns the recorder.
func (r *LogRecorder) WithGroup(string) slog.Handler { return r }

// Handle keeps the record.
func (r *LogRecorder) Handle(_ context.Context, record slog.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records = append(r.records, record.Clone())
	return nil
}

// All returns the records so far.
func (r *LogRecorder) All() []slog.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.records)
}
