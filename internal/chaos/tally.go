package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
)

// tally counts the outcomes of the calls of one experiment.
type tally struct {
	mu        sync.Mutex
	name      string
	calls     int
	succeeded int
	typed     int // failures with an *APIError
	untyped   []error
	// creations are the results of the creations by device name.
	creations map[string]creation
	// devices counts the devices that the server created for them.
	devices int
	// overshoot is the longest time by which a call outlived its context, minus the delay of a timer that ran beside it.
	// timerDelay is the longest of these delays.
	overshoot, timerDelay time.Duration
	// overloaded disables the check of the overshoot: there are more goroutines than the machine can schedule in time.
	overloaded bool
	// goroutines and connections count those that leaked.
	goroutines, connections int
	violations              []string
}

// creation is what a creation returned to its caller.
type creation struct {
	id  int64
	err error
}

func newTally(name string) *tally { return &tally{name: name, creations: map[string]creation{}} }

// violationf records that a guarantee was violated.
func (t *tally) violationf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.violations = append(t.violations, fmt.Sprintf(format, args...))
}

// timed makes one call with a deadline, and records its outcome and overshoot.
func (t *tally) timed(deadline time.Duration, call func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	start := time.Now()
	returned := make(chan struct{})
	delay := make(chan time.Duration, 1)
	go func() {
		select {
		case <-ctx.Done():
			delay <- time.Since(start) - deadline
		case <-returned:
			delay <- 0
		}
	}()
	err := call(ctx)
	late := time.Since(start) - deadline
	close(returned)
	t.count(err)
	t.mu.Lock()
	defer t.mu.Unlock()
	timerDelay := <-delay
	t.overshoot, t.timerDelay = max(t.overshoot, late-timerDelay), max(t.timerDelay, timerDelay)
}

// add adds another tally to this one.
func (t *tally) add(one *tally) {
	t.calls += one.calls
	t.succeeded += one.succeeded
	t.typed += one.typed
	t.devices += one.devices
	t.untyped = append(t.untyped, one.untyped...)
	t.overshoot, t.timerDelay = max(t.overshoot, one.overshoot), max(t.timerDelay, one.timerDelay)
	t.goroutines += one.goroutines
	t.connections += one.connections
	for name, created := range one.creations {
		t.creations[one.name+": "+name] = created
	}
	for _, violation := range one.violations {
		t.violations = append(t.violations, one.name+": "+violation)
	}
}

// newFaultTable returns a table whose columns are those of row.
func newFaultTable() *table {
	return newTable("fault", "calls", "succeeded", "typed errors", "untyped errors", "creations", "devices created",
		"overshoot", "timer delay", "leaked goroutines", "leaked connections")
}

func (t *tally) row(table *table) {
	table.row(t.name, t.calls, t.succeeded, t.typed, len(t.untyped), len(t.creations), t.devices,
		max(0, t.overshoot), t.timerDelay, t.goroutines, t.connections)
}

func (t *tally) count(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls++
	var failed *whatspie.APIError
	switch {
	case err == nil:
		t.succeeded++
	case errors.As(err, &failed) && failed.Method != "":
		t.typed++
	default:
		t.untyped = append(t.untyped, err)
	}
}

// recordCreation records the result of a creation.
func (t *tally) recordCreation(name string, device *whatspie.Device, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	created := creation{err: err}
	if device != nil {
		created.id = device.ID
	}
	t.creations[name] = created
}

// audit compares the results of the creations with the devices on the server, which it reads without the proxy.
func (t *tally) audit(l *lab) {
	direct, err := whatspie.NewClient(l.api.Token, whatspie.WithBaseURL(l.api.URL),
		whatspie.WithHTTPClient(&http.Client{Transport: l.api.Transport()}))
	if err != nil {
		t.violationf("audit: %v", err)
		return
	}
	ids := map[string][]int64{}
	for device, err := range direct.Devices.All(context.Background()) {
		if err != nil {
			t.violationf("audit: %v", err)
			return
		}
		if _, isCreation := t.creations[device.Name]; isCreation {
			ids[device.Name] = append(ids[device.Name], device.ID)
			t.devices++
		}
	}
	for name, created := range t.creations {
		t.auditOne(name, created, ids[name])
	}
}

func (t *tally) auditOne(name string, created creation, ids []int64) {
	unknown := errors.Is(created.err, whatspie.ErrOutcomeUnknown) || errors.Is(created.err, whatspie.ErrDeviceUnidentified)
	switch {
	case len(ids) > 1:
		t.violationf("%s was created %d times", name, len(ids))
	case created.err == nil && (len(ids) != 1 || ids[0] != created.id):
		t.violationf("%s was returned as device %d, but is %v", name, created.id, ids)
	case created.err != nil && !unknown && len(ids) != 0:
		t.violationf("%s was created, but its caller got: %v", name, created.err)
	}
}

const (
	// maxOvershoot is how long a call may outlive its context.
	maxOvershoot = 50 * time.Millisecond
	// leakTimeout is how long goroutines and connections may outlive the calls.
	leakTimeout = 5 * time.Second
)

// finish waits for goroutines and connections to end, and checks the whole experiment.
func (t *tally) finish(l *lab) {
	l.transport.CloseIdleConnections()
	left, end := clientGoroutines(), time.Now().Add(leakTimeout)
	for (l.open.Load() > 0 || len(left) > 0) && time.Now().Before(end) {
		time.Sleep(10 * time.Millisecond)
		left = clientGoroutines()
	}
	t.connections, t.goroutines = int(l.open.Load()), len(left)
	t.audit(l)
	if len(t.untyped) > 0 {
		t.violationf("%d untyped errors, such as: %v", len(t.untyped), t.untyped[0])
	}
	if t.isLate() {
		t.violationf("a call outlived its context by %v", t.overshoot)
	}
	if t.devices > len(t.creations) {
		t.violationf("%d devices exist after %d creations", t.devices, len(t.creations))
	}
	if t.goroutines > 0 {
		t.violationf("%d goroutines leaked, such as:\n%s", t.goroutines, left[0])
	}
	if t.connections > 0 {
		t.violationf("%d connections leaked", t.connections)
	}
}

func (t *tally) isLate() bool { return !t.overloaded && t.overshoot > maxOvershoot }

// retryIfLate repeats an experiment whose only violation is the overshoot, up to three runs in total. A busy machine
// causes it once, a defect every time.
func retryIfLate(run func() *tally) *tally {
	const runs = 3
	t := run()
	for n := 1; n < runs && t.isLate() && len(t.violations) == 1; n++ {
		t = run()
	}
	return t
}

// clientGoroutines returns the stacks of the SDK's goroutines and those of net/http's client. The proxy and the server
// are excluded: the proxy leaks goroutines of its own.
func clientGoroutines() []string {
	stacks := make([]byte, 1<<20)
	for {
		n := runtime.Stack(stacks, true)
		if n < len(stacks) {
			stacks = stacks[:n]
			break
		}
		stacks = make([]byte, 2*len(stacks))
	}
	var found []string
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		isSDK := strings.Contains(stack, "github.com/whatspie-go/whatspie.") ||
			strings.Contains(stack, "whatspie/internal/transport")
		isClient := strings.Contains(stack, "net/http.(*persistConn)") || strings.Contains(stack, "net/http.(*Transport)")
		if isSDK || isClient {
			found = append(found, stack)
		}
	}
	return found
}
