package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
)

// tally is what came of the calls of one experiment.
type tally struct {
	mu      sync.Mutex
	name    string
	calls   int
	ok      int
	typed   int
	untyped []error
	// asked are the creations by the name of their device, with what the caller was told.
	asked map[string]told
	// created counts the devices that the server made.
	created int
	// overshoot is the longest time by which a call outlived its context, beyond what a bare wait beside it was late;
	// timer is the longest of those.
	overshoot, timer time.Duration
	// crowded tells that the calls were too many for the machine: lateness is the scheduler's then, and not judged.
	crowded bool
	// goroutines and connections are those left behind.
	goroutines, connections int
	// broken are the promises that were.
	broken []string
}

// told is what a creation returned.
type told struct {
	id  int64
	err error
}

func newTally(name string) *tally { return &tally{name: name, asked: map[string]told{}} }

func (t *tally) breakf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.broken = append(t.broken, fmt.Sprintf(format, args...))
}

// timed makes one call with a deadline and judges its end.
func (t *tally) timed(deadline time.Duration, call func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	start := time.Now()
	over := make(chan struct{})
	bare := make(chan time.Duration, 1)
	go func() {
		select {
		case <-ctx.Done():
			bare <- time.Since(start) - deadline
		case <-over:
			bare <- 0
		}
	}()
	err := call(ctx)
	late := time.Since(start) - deadline
	close(over)
	t.count(err)
	t.mu.Lock()
	defer t.mu.Unlock()
	timer := <-bare
	t.overshoot, t.timer = max(t.overshoot, late-timer), max(t.timer, timer)
}

// add sums the tallies up.
func (t *tally) add(one *tally) {
	t.calls, t.ok, t.typed, t.created = t.calls+one.calls, t.ok+one.ok, t.typed+one.typed, t.created+one.created
	t.untyped = append(t.untyped, one.untyped...)
	t.overshoot, t.timer = max(t.overshoot, one.overshoot), max(t.timer, one.timer)
	t.goroutines, t.connections = t.goroutines+one.goroutines, t.connections+one.connections
	for name, told := range one.asked {
		t.asked[one.name+": "+name] = told
	}
	for _, promise := range one.broken {
		t.broken = append(t.broken, one.name+": "+promise)
	}
}

func (t *tally) row(table *table) {
	table.row(t.name, t.calls, t.ok, t.typed, len(t.untyped), len(t.asked), t.created,
		max(0, t.overshoot), t.timer, t.goroutines, t.connections)
}

func (t *tally) count(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls++
	var failed *whatspie.APIError
	switch {
	case err == nil:
		t.ok++
	case errors.As(err, &failed) && failed.Method != "":
		t.typed++
	default:
		t.untyped = append(t.untyped, err)
	}
}

func (t *tally) creation(name string, device *whatspie.Device, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	result := told{err: err}
	if device != nil {
		result.id = device.ID
	}
	t.asked[name] = result
}

// audit compares what the callers were told of their creations with what the server did.
func (t *tally) audit(l *lab) {
	direct, err := whatspie.NewClient(l.api.Token, whatspie.WithBaseURL(l.api.URL), whatspie.WithHTTPClient(directTo(l.api)))
	if err != nil {
		t.breakf("audit: %v", err)
		return
	}
	made := map[string][]int64{}
	for device, err := range direct.Devices.All(context.Background()) {
		if err != nil {
			t.breakf("audit: %v", err)
			return
		}
		if _, ours := t.asked[device.Name]; ours {
			made[device.Name] = append(made[device.Name], device.ID)
			t.created++
		}
	}
	for name, told := range t.asked {
		t.auditOne(name, told, made[name])
	}
}

func (t *tally) auditOne(name string, told told, made []int64) {
	unsure := errors.Is(told.err, whatspie.ErrOutcomeUnknown) || errors.Is(told.err, whatspie.ErrDeviceUnidentified)
	switch {
	case len(made) > 1:
		t.breakf("%s was created %d times", name, len(made))
	case told.err == nil && (len(made) != 1 || made[0] != told.id):
		t.breakf("%s is told to be device %d, and is %v", name, told.id, made)
	case told.err != nil && !unsure && len(made) != 0:
		t.breakf("%s was created, and its caller was told: %v", name, told.err)
	}
}

const (
	// mostOvershoot is by how much a call may outlive its context.
	mostOvershoot = 50 * time.Millisecond
	// patience is how long what was left behind has to go away.
	patience = 5 * time.Second
)

// settle waits for what the calls leave behind, and judges the whole experiment.
func (t *tally) settle(l *lab) {
	l.transport.CloseIdleConnections()
	left := ourGoroutines()
	for end := time.Now().Add(patience); time.Now().Before(end) && (l.open.Load() > 0 || len(left) > 0); left = ourGoroutines() {
		time.Sleep(10 * time.Millisecond)
	}
	t.connections, t.goroutines = int(l.open.Load()), len(left)
	t.audit(l)
	if len(t.untyped) > 0 {
		t.breakf("%d failures without a type, such as: %v", len(t.untyped), t.untyped[0])
	}
	if t.isLate() {
		t.breakf("a call outlived its context by %v", t.overshoot)
	}
	if t.created > len(t.asked) {
		t.breakf("%d devices were created, %d asked for", t.created, len(t.asked))
	}
	if t.goroutines > 0 {
		t.breakf("%d goroutines are left, such as:\n%s", t.goroutines, left[0])
	}
	if t.connections > 0 {
		t.breakf("%d connections are left", t.connections)
	}
}

func (t *tally) isLate() bool { return !t.crowded && t.overshoot > mostOvershoot }

// punctual runs an experiment again whose only fault was to be late: a defect comes back, a hiccup of the machine does
// not.
func punctual(run func() *tally) *tally {
	const tries = 3
	t := run()
	for try := 1; try < tries && t.isLate() && len(t.broken) == 1; try++ {
		t = run()
	}
	return t
}

// ourGoroutines are the stacks of those that the SDK runs, or net/http for it as a client. The proxy's and the
// server's are not ours: the proxy leaves some behind under its own toxics.
func ourGoroutines() []string {
	stacks := make([]byte, 1<<20)
	for {
		n := runtime.Stack(stacks, true)
		if n < len(stacks) {
			stacks = stacks[:n]
			break
		}
		stacks = make([]byte, 2*len(stacks))
	}
	var ours []string
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		sdk := strings.Contains(stack, "github.com/whatspie-go/whatspie.") || strings.Contains(stack, "whatspie/internal/transport")
		client := strings.Contains(stack, "net/http.(*persistConn)") || strings.Contains(stack, "net/http.(*Transport)")
		if sdk || client {
			ours = append(ours, stack)
		}
	}
	return ours
}
