package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

// view is a table redrawn in place on a terminal, and one line per change elsewhere.
type view struct {
	app      demo.App
	terminal bool

	mu      sync.Mutex
	rows    map[int64]row
	trouble string
	drawn   int
	paused  bool
	failure error
}

type row struct {
	device *whatspie.Device
	since  time.Time
}

func newView(app demo.App) *view {
	v := &view{app: app, rows: map[int64]row{}}
	if _, _, v.terminal = app.Size(); v.terminal {
		v.write(demo.HideCursor)
	}
	return v
}

func (v *view) close() {
	if v.terminal {
		v.write(demo.ShowCursor)
	}
}

// pause releases the terminal to the shell; the table stays visible.
func (v *view) pause() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.write(demo.ShowCursor)
	v.paused = true
}

// resume draws the table below the shell's output.
func (v *view) resume() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.paused = false
	v.drawn = 0
	v.write(demo.HideCursor)
	v.redraw()
}

// show displays an event; its error is a write error.
func (v *view) show(event whatspie.WatchEvent) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch event.Kind {
	case whatspie.WatchRetry:
		v.trouble = "for the moment: " + demo.Printable(event.Err.Error())
	case whatspie.WatchSynced:
		v.trouble = ""
	case whatspie.WatchRemoved:
		delete(v.rows, event.Device.ID)
	default:
		since := time.Now()
		if event.Previous != nil && event.Previous.PairedStatus == event.Device.PairedStatus {
			since = v.rows[event.Device.ID].since
		}
		v.rows[event.Device.ID] = row{event.Device, since}
	}
	if v.terminal {
		v.redraw()
	} else {
		v.write(time.Now().Format(time.TimeOnly) + " " + v.line(event) + "\n")
	}
	return v.failure
}

// line describes an event in one line.
func (v *view) line(event whatspie.WatchEvent) string {
	if event.Kind == whatspie.WatchRetry {
		return v.trouble
	}
	if event.Kind == whatspie.WatchSynced {
		return "up to date"
	}
	device := event.Device
	name := fmt.Sprintf("%d %s", device.ID, demo.Or(device.Name))
	switch {
	case event.Kind == whatspie.WatchRemoved:
		return name + ": removed"
	case event.Previous != nil && event.Previous.PairedStatus != device.PairedStatus:
		return name + ": " + status(event.Previous) + " to " + status(device)
	default:
		return name + ": " + status(device) + ", quota " + bar(device.Subscription)
	}
}

// redraw replaces the previous table, cut to the size of the terminal.
func (v *view) redraw() {
	var table bytes.Buffer
	columns := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	// Narrow terminals cut the right side, so the status comes first.
	_, _ = fmt.Fprintln(columns, "ID\tSTATUS\tNAME\tPHONE\tSINCE\tQUOTA USED")
	for _, id := range slices.Sorted(maps.Keys(v.rows)) {
		r := v.rows[id]
		_, _ = fmt.Fprintf(columns, "%d\t%s\t%s\t%s\t%s\t%s\n", id, status(r.device), demo.Or(r.device.Name),
			demo.Or(r.device.Phone), r.since.Format(time.TimeOnly), bar(r.device.Subscription))
	}
	_ = columns.Flush() // writes to a buffer cannot fail
	if v.trouble != "" {
		table.WriteString(v.trouble + "\n")
	}
	lines := v.fit(strings.Split(strings.TrimSuffix(table.String(), "\n"), "\n"))
	if v.drawn > 0 {
		v.write(fmt.Sprintf("\x1b[%dA", v.drawn))
	}
	v.write(demo.ClearBelow + strings.Join(lines, "\n") + "\n")
	v.drawn = len(lines)
}

// fit cuts the lines to the terminal, and states how many are hidden.
func (v *view) fit(lines []string) []string {
	width, height, _ := v.app.Size()
	if room := max(height-1, 2); len(lines) > room {
		hidden := len(lines) - room + 1
		lines = append(lines[:room-1], fmt.Sprintf("... %d more lines", hidden))
	}
	for i, line := range lines {
		lines[i] = demo.Cut(line, width)
	}
	return lines
}

func (v *view) write(text string) {
	if v.paused {
		return
	}
	if _, err := io.WriteString(v.app.Stdout, text); v.failure == nil {
		v.failure = err
	}
}

func status(device *whatspie.Device) string { return demo.Or(string(device.PairedStatus)) }

// bar draws the used share of a quota.
func bar(s whatspie.Subscription) string {
	const width = 10
	switch {
	case s.Unlimited():
		return fmt.Sprintf("∞ %d used", s.QuotaUsed)
	case s.QuotaAvailable == 0:
		return "-"
	}
	share := min(max(float64(s.QuotaUsed)/float64(s.QuotaAvailable), 0), 1)
	full := int(share*width + 0.5)
	return fmt.Sprintf("%s%s %3.0f %%", strings.Repeat("█", full), strings.Repeat("░", width-full), 100*share)
}
