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

// view draws a table in place on a terminal. Without a terminal it prints a line per event.
type view struct {
	app      demo.App
	terminal bool

	mu      sync.Mutex
	rows    map[int64]row
	problem string // the failure of the last poll, if any
	drawn   int    // lines
	paused  bool
	failure error // the first write error
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

// show displays an event. Its error is a write error.
func (v *view) show(event whatspie.WatchEvent) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch event.Kind {
	case whatspie.WatchRetry:
		v.problem = "retrying: " + demo.Printable(event.Err.Error())
	case whatspie.WatchSynced:
		v.problem = ""
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
		return v.problem
	}
	if event.Kind == whatspie.WatchSynced {
		return "up to date"
	}
	device := event.Device
	name := fmt.Sprintf("%d %s", device.ID, demo.OrDash(device.Name))
	switch {
	case event.Kind == whatspie.WatchRemoved:
		return name + ": removed"
	case event.Previous != nil && event.Previous.PairedStatus != device.PairedStatus:
		return name + ": " + status(event.Previous) + " to " + status(device)
	default:
		return name + ": " + status(device) + ", quota " + bar(device.Subscription)
	}
}

// redraw replaces the previous table.
func (v *view) redraw() {
	var table bytes.Buffer
	columns := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	// The status comes first, because narrow terminals cut the right side.
	_, _ = fmt.Fprintln(columns, "ID\tSTATUS\tNAME\tPHONE\tSINCE\tQUOTA USED")
	for _, id := range slices.Sorted(maps.Keys(v.rows)) {
		r := v.rows[id]
		_, _ = fmt.Fprintf(columns, "%d\t%s\t%s\t%s\t%s\t%s\n", id, status(r.device), demo.OrDash(r.device.Name),
			demo.OrDash(r.device.Phone), r.since.Format(time.TimeOnly), bar(r.device.Subscription))
	}
	_ = columns.Flush() // writes to a buffer cannot fail
	if v.problem != "" {
		table.WriteString(v.problem + "\n")
	}
	lines := v.fit(strings.Split(strings.TrimSuffix(table.String(), "\n"), "\n"))
	if v.drawn > 0 {
		v.write(fmt.Sprintf("\x1b[%dA", v.drawn))
	}
	v.write(demo.ClearBelow + strings.Join(lines, "\n") + "\n")
	v.drawn = len(lines)
}

// fit cuts the lines to the size of the terminal, and prints how many are hidden.
func (v *view) fit(lines []string) []string {
	width, height, _ := v.app.Size()
	if limit := max(height-1, 2); len(lines) > limit {
		hidden := len(lines) - limit + 1
		lines = append(lines[:limit-1], fmt.Sprintf("... %d more lines", hidden))
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

func status(device *whatspie.Device) string { return demo.OrDash(string(device.PairedStatus)) }

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
