package poll_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie/internal/poll"
)

const interval = 3 * time.Second

// Random accounts change in virtual time while subscribers come and go. The events have to match what the account
// returned.
func TestTracker_eventsMatchAccount(t *testing.T) {
	t.Parallel()
	schedules := uint64(3000)
	if testing.Short() {
		schedules = 300
	}
	var events, lists, merged int
	for seed := range schedules {
		synctest.Test(t, func(t *testing.T) {
			m := newModel(t, seed)
			m.run()
			events, lists, merged = events+m.events, lists+len(m.account.lists), merged+m.merged
		})
		if t.Failed() {
			t.Fatalf("schedule %d", seed)
		}
	}
	t.Logf("%d schedules, %d lists, %d events, %d consumers whose queue was merged", schedules, lists, events, merged)
	assert.Positive(t, merged)
}

// model is one random schedule.
type model struct {
	t             *testing.T
	random        *rand.Rand // for the events
	faults        *rand.Rand // for the faults of lists
	account       *account
	poller        *poll.Poller[device]
	subscriptions int  // number of subscribers and trackers so far
	fatal         bool // every list fails with errFatal
	healthy       bool // no list fails
	nextID        int64

	mu             sync.Mutex
	events, merged int
}

func newModel(t *testing.T, seed uint64) *model {
	t.Helper()
	m := &model{
		t:       t,
		random:  rand.New(rand.NewPCG(seed, 1)), //nolint:gosec // must be repeatable
		faults:  rand.New(rand.NewPCG(seed, 2)), //nolint:gosec // as above
		account: newAccount(),
	}
	for range m.random.IntN(6) {
		m.add()
	}
	m.account.next = m.fault
	m.poller = poll.New(m.account.source(), interval)
	return m
}

func (m *model) add() {
	m.account.mu.Lock()
	defer m.account.mu.Unlock()
	m.nextID++
	m.account.devices[m.nextID] = device{id: m.nextID, status: "UNPAIRED"}
}

// fault returns the fault of the next list: none for six of ten.
func (m *model) fault() fault {
	switch kind := m.faults.IntN(20); {
	case m.fatal:
		return fault{err: errFatal}
	case m.healthy || kind < 12:
		return fault{}
	case kind == 12:
		return fault{empty: true}
	case kind == 13:
		return fault{hidden: map[int64]bool{m.randomID(m.faults): true, m.randomID(m.faults): true}}
	case kind == 14:
		return fault{duplicated: true}
	case kind == 15:
		return fault{delay: time.Duration(m.faults.Int64N(int64(8 * time.Second)))}
	case kind == 16:
		return fault{err: errBusy}
	case kind == 17:
		return fault{err: errDown, after: m.faults.IntN(4)}
	default:
		return fault{err: errDown}
	}
}

// randomID returns the ID of a device, or the next unused one.
func (m *model) randomID(r *rand.Rand) int64 { return 1 + r.Int64N(m.nextID+1) }

// change applies a random change to the account.
func (m *model) change() {
	devices := m.account.all()
	if len(devices) == 0 || m.random.IntN(6) == 0 {
		m.add()
		return
	}
	d := devices[m.random.IntN(len(devices))]
	switch m.random.IntN(6) {
	case 0:
		m.account.remove(d.id)
	case 1:
		d.noise++
		m.account.set(d)
	default:
		d.status = []string{"UNPAIRED", "PAIRED", "SUSPENDED"}[m.random.IntN(3)]
		m.account.set(d)
	}
}

func (m *model) run() {
	ctx, stop := context.WithCancel(m.t.Context())
	var consumers sync.WaitGroup
	for range 15 {
		time.Sleep(time.Millisecond) // no subscriber may come at the instant at which a poll begins
		switch m.random.IntN(5) {
		case 0:
			m.subscriptions++
			c := &consumer{model: m, slow: m.random.IntN(2) == 0, changesOnly: m.random.IntN(3) == 0, untilEnd: true}
			consumers.Go(func() { c.run(ctx) })
		case 1:
			m.subscriptions++
			short, cancel := context.WithTimeout(ctx, time.Duration(m.random.Int64N(int64(30*time.Second))))
			c := &consumer{model: m, slow: m.random.IntN(2) == 0}
			consumers.Go(func() { defer cancel(); c.run(short) })
		case 2:
			m.subscriptions++
			short, cancel := context.WithTimeout(ctx, time.Duration(m.random.Int64N(int64(30*time.Second))))
			id := m.randomID(m.random)
			consumers.Go(func() { defer cancel(); m.subscribe(short, id) })
		}
		for range m.random.IntN(4) {
			time.Sleep(time.Duration(m.random.Int64N(int64(4 * time.Second))))
			if m.random.IntN(3) > 0 {
				m.change()
			}
		}
	}
	m.account.mu.Lock()
	m.fatal = m.random.IntN(8) == 0
	m.healthy = !m.fatal
	m.account.mu.Unlock()
	time.Sleep(3 * time.Minute)
	stop()
	consumers.Wait()
	m.checkPace()
}

// subscribe subscribes to one device until the context ends.
func (m *model) subscribe(ctx context.Context, id int64) {
	began := time.Now()
	unsubscribe := m.poller.Subscribe(ctx, id, &poll.Subscriber[device]{
		AtOnce: id%2 == 0,
		Seen: func(d *device, at time.Time) {
			assert.Equal(m.t, id, d.id)
			assert.False(m.t, at.Before(began))
		},
		Polled: func(error) {},
	})
	defer unsubscribe()
	<-ctx.Done()
}

// checkPace checks the rate of polls.
func (m *model) checkPace() {
	lists := m.account.listsFrom(0)
	early := 0
	for i := 1; i < len(lists); i++ {
		gap := lists[i].began.Sub(lists[i-1].began)
		if gap < interval {
			early++
		}
		if lists[i-1].err != nil {
			assert.GreaterOrEqual(m.t, gap, interval, "after a failure")
		}
		if errors.Is(lists[i-1].err, errBusy) {
			assert.GreaterOrEqual(m.t, gap, retryAfter)
		}
	}
	assert.LessOrEqual(m.t, early, m.subscriptions, "only a new subscriber brings a poll forward")
}

func (d device) String() string { return fmt.Sprintf("%d %s %d", d.id, d.status, d.noise) }
