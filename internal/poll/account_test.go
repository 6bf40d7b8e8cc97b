package poll_test

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie/internal/poll"
)

// device is the D of these tests. A change of noise causes no event.
type device struct {
	id     int64
	status string
	noise  int
}

func isChange(before, now device) bool {
	before.noise = now.noise
	return before != now
}

var (
	errGone  = errors.New("no such device")
	errDown  = errors.New("down")
	errFatal = errors.New("fatal")
	errBusy  = errors.New("busy")
)

// retryAfter is the Retry-After of errBusy.
const retryAfter = 7 * time.Second

// fault is what is wrong with one list.
type fault struct {
	delay      time.Duration
	hidden     map[int64]bool // IDs that the list lacks
	empty      bool           // the list has no devices
	duplicated bool           // each device is repeated with another status
	after      int            // number of devices before err
	err        error
}

// account is a simulated account that records what it returned.
type account struct {
	mu      sync.Mutex
	devices map[int64]device
	next    func() fault // of the next list; nil for no faults
	getErr  func(id int64) error

	lists []listCall
	gets  int            // number of devices requested individually
	gone  map[int64]bool // devices reported as not found at any time
}

// listCall is one list request and its result.
type listCall struct {
	began    time.Time
	devices  []device
	complete bool
	err      error
}

func newAccount(devices ...device) *account {
	a := &account{devices: map[int64]device{}, gone: map[int64]bool{}}
	for _, d := range devices {
		a.devices[d.id] = d
	}
	return a
}

func (a *account) source() poll.Source[device] {
	return poll.Source[device]{
		List:   a.list,
		Get:    a.get,
		ID:     func(d *device) int64 { return d.id },
		IsGone: func(err error) bool { return errors.Is(err, errGone) },
		RetryAfter: func(err error) time.Duration {
			if errors.Is(err, errBusy) {
				return retryAfter
			}
			return 0
		},
	}
}

func (a *account) list(ctx context.Context) iter.Seq2[*device, error] {
	return func(yield func(*device, error) bool) {
		a.mu.Lock()
		var f fault
		if a.next != nil {
			f = a.next()
		}
		index := len(a.lists)
		a.lists = append(a.lists, listCall{began: time.Now()})
		a.mu.Unlock()
		if wait(ctx, f.delay) != nil {
			yield(nil, ctx.Err())
			return
		}
		count := 0
		for _, d := range a.all() {
			if f.empty || f.hidden[d.id] {
				continue
			}
			if f.err != nil && count == f.after {
				break
			}
			count++
			a.mu.Lock()
			a.lists[index].devices = append(a.lists[index].devices, d)
			a.mu.Unlock()
			yield(&d, nil)
			if f.duplicated {
				yield(&device{id: d.id, status: "another"}, nil)
			}
		}
		a.mu.Lock()
		a.lists[index].complete, a.lists[index].err = f.err == nil, f.err
		a.mu.Unlock()
		if f.err != nil {
			yield(nil, f.err)
		}
	}
}

func (a *account) get(_ context.Context, id int64) (*device, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gets++
	if a.getErr != nil {
		if err := a.getErr(id); err != nil {
			return nil, err
		}
	}
	d, ok := a.devices[id]
	if !ok {
		a.gone[id] = true
		return nil, errGone
	}
	return &d, nil
}

// setFaults sets the faults of later lists.
func (a *account) setFaults(next func() fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.next = next
}

func (a *account) getCount() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.gets
}

func (a *account) all() []device {
	a.mu.Lock()
	defer a.mu.Unlock()
	devices := make([]device, 0, len(a.devices))
	for _, id := range slices.Sorted(maps.Keys(a.devices)) {
		devices = append(devices, a.devices[id])
	}
	return devices
}

func (a *account) set(d device) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.devices[d.id] = d
}

func (a *account) remove(id int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.devices, id)
}

// listsFrom returns the list requests starting with the given one.
func (a *account) listsFrom(first int) []listCall {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.lists[first:])
}

func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
