package poll_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/poll"
)

const interval = 3 * time.Second

// TestModel changes random accounts in virtual time while loops come and go, and compares their events with what the
// account returned.
func TestModel(t *testing.T) {
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
	t       *testing.T
	random  *rand.Rand // for the events
	faults  *rand.Rand // for the faults of lists
	account *account
	poller  *poll.Poller[device]
	joins   int
	fatal   bool // the account fails permanently
	healthy bool
	nextID  int64

	mu             sync.Mutex
	events, merged int
}

func newModel(t *testing.T, seed uint64) *model {
	t.Helper()
	m := &model{
		t:       t,
		random:  rand.New(rand.NewPCG(seed, 1)), //nolint:gosec // a schedule has to come again
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
		return fault{hidden: map[int64]bool{1 + m.faults.Int64N(m.nextID+1): true, 1 + m.faults.Int64N(m.nextID+1): true}}
	case kind == 14:
		return fault{twice: true}
	case kind == 15:
		return fault{delay: time.Duration(m.faults.Int64N(int64(8 * time.Second)))}
	case kind == 16:
		return fault{err: errPlease}
	case kind == 17:
		return fault{err: errDown, after: m.faults.IntN(4)}
	default:
		return fault{err: errDown}
	}
}

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
	var loops sync.WaitGroup
	for range 15 {
		time.Sleep(time.Millisecond) // no loop may join at the instant at which a poll begins
		switch m.random.IntN(5) {
		case 0:
			m.joins++
			c := &consumer{model: m, slow: m.random.IntN(2) == 0, changesOnly: m.random.IntN(3) == 0, stays: true}
			loops.Go(func() { c.run(ctx) })
		case 1:
			m.joins++
			short, cancel := context.WithTimeout(ctx, time.Duration(m.random.Int64N(int64(30*time.Second))))
			c := &consumer{model: m, slow: m.random.IntN(2) == 0}
			loops.Go(func() { defer cancel(); c.run(short) })
		case 2:
			m.joins++
			short, cancel := context.WithTimeout(ctx, time.Duration(m.random.Int64N(int64(30*time.Second))))
			id := 1 + m.random.Int64N(m.nextID+1)
			loops.Go(func() { defer cancel(); m.follow(short, id) })
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
	loops.Wait()
	m.checkPace()
}

// follow runs a loop for one device.
func (m *model) follow(ctx context.Context, id int64) {
	began := time.Now()
	leave := m.poller.Join(ctx, &poll.Loop[device]{
		ID:     id,
		AtOnce: id%2 == 0,
		Seen: func(d *device, at time.Time) {
			assert.Equal(m.t, id, d.id)
			assert.False(m.t, at.Before(began))
		},
		Polled: func(error) {},
	})
	defer leave()
	<-ctx.Done()
}

// checkPace checks the rate of polls.
func (m *model) checkPace() {
	lists := m.account.served(0)
	early := 0
	for i := 1; i < len(lists); i++ {
		gap := lists[i].at.Sub(lists[i-1].at)
		if gap < interval {
			early++
		}
		if lists[i-1].err != nil {
			assert.GreaterOrEqual(m.t, gap, interval, "after a failure")
		}
		if errors.Is(lists[i-1].err, errPlease) {
			assert.GreaterOrEqual(m.t, gap, restFor)
		}
	}
	assert.LessOrEqual(m.t, early, m.joins, "only a loop that joins brings a poll forward")
}

// consumer ranges over a Tracker and folds its events into a state.
type consumer struct {
	*model

	slow, changesOnly bool
	stays             bool // until the account no longer changes
	tracker           *poll.Tracker[device]
	first             int // number of lists received
	fleet             map[int64]device
	taken             map[int64][]device // all states per device, in order
	last              poll.Kind          // number of Synced and Retry
	ended             bool
}

func (c *consumer) run(ctx context.Context) {
	c.fleet, c.taken = map[int64]device{}, map[int64][]device{}
	c.tracker = poll.NewTracker(poll.Rules[device]{
		Includes:    func(d *device) bool { return d.status != "excluded" },
		IsChange:    isChange,
		Ends:        func(err error) bool { return errors.Is(err, errFatal) },
		ChangesOnly: c.changesOnly,
	})
	c.first = len(c.account.served(0))
	leave := c.poller.JoinAll(ctx, c.tracker)
	defer leave()
	for {
		select {
		case <-ctx.Done():
			c.finish()
			return
		case <-c.tracker.Ready():
		}
		if c.slow {
			_ = wait(ctx, 10*time.Second)
		}
		c.takeAll()
	}
}

func (c *consumer) takeAll() {
	entries, live := c.tracker.Queued()
	most := int(c.nextIDNow()) + 3
	assert.LessOrEqual(c.t, live, most)
	assert.LessOrEqual(c.t, entries, 2*most+1)
	for !c.ended {
		event, ok := c.tracker.Next()
		if !ok {
			return
		}
		c.mu.Lock()
		c.events++
		c.mu.Unlock()
		c.take(event)
	}
}

func (c *consumer) nextIDNow() int64 {
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	return c.nextID
}

// take folds an event, which must fit the current state.
func (c *consumer) take(event poll.Event[device]) {
	t := c.t
	switch event.Kind {
	case poll.Synced:
		assert.NotEqual(t, poll.Synced, c.last, "synced twice")
		c.last = event.Kind
	case poll.Retry:
		require.ErrorIs(t, event.Err, cmpErr(event.Err))
		c.last = event.Kind
	case poll.Ended:
		require.ErrorIs(t, event.Err, errFatal)
		c.ended = true
	case poll.Present:
		assert.False(t, c.changesOnly)
		assert.NotEqual(t, poll.Synced, c.last)
		fallthrough
	case poll.Added:
		assert.NotContains(t, c.fleet, event.Device.id, "%v", event)
		assert.Nil(t, event.Previous)
		c.put(*event.Device)
	case poll.Changed:
		before, known := c.fleet[event.Device.id]
		if known {
			assert.False(t, isChange(before, *event.Previous), "%v after %v", event, before)
		} else {
			assert.True(t, c.changesOnly)
			c.put(*event.Previous)
		}
		assert.True(t, isChange(*event.Previous, *event.Device))
		c.put(*event.Device)
	case poll.Removed:
		if !c.changesOnly {
			assert.Contains(t, c.fleet, event.Device.id)
		}
		assert.Nil(t, event.Previous)
		assert.True(t, c.mayBeGone(event.Device.id), "%v was not gone", event)
		c.put(*event.Device)
		delete(c.fleet, event.Device.id)
	default:
		t.Errorf("unknown kind %v", event.Kind)
	}
}

func cmpErr(err error) error {
	if errors.Is(err, errPlease) {
		return errPlease
	}
	return errDown
}

func (c *consumer) put(d device) {
	c.fleet[d.id] = d
	c.taken[d.id] = append(c.taken[d.id], d)
}

// mayBeGone reports whether a removal was allowed: a not-found response, or three complete lists without the device.
func (c *consumer) mayBeGone(id int64) bool {
	c.account.mu.Lock()
	said := c.account.gone[id]
	c.account.mu.Unlock()
	misses := 0
	for _, list := range c.account.served(c.first) {
		has := slices.ContainsFunc(list.devices, func(d device) bool { return d.id == id })
		switch {
		case has:
			misses = 0
		case list.complete:
			misses++
		}
		if misses >= 3 || misses > 0 && said {
			return true
		}
	}
	return false
}

// finish compares the received states with those that were returned.
func (c *consumer) finish() {
	if c.stays {
		c.takeAll()
	}
	lists := c.account.served(c.first)
	states := map[int64][]device{}
	for _, list := range lists {
		for _, d := range list.devices {
			states[d.id] = append(states[d.id], d)
		}
	}
	for id, taken := range c.taken {
		assert.True(c.t, isSubsequence(taken, states[id]), "device %d: %v of %v", id, taken, states[id])
	}
	if !c.stays {
		return
	}
	if c.fatal {
		assert.True(c.t, c.ended)
		return
	}
	assert.Equal(c.t, poll.Synced, c.last)
	for _, d := range c.account.all() {
		if known, ok := c.fleet[d.id]; ok {
			assert.False(c.t, isChange(known, d), "%v passes for %v", d, known)
		} else {
			assert.True(c.t, c.changesOnly, "%v was not reported", d)
		}
	}
	for id := range c.fleet {
		assert.Contains(c.t, c.account.devices, id, "the removal of %d was not reported", id)
	}
	c.checkComplete(states)
}

// checkComplete requires every state from a fast consumer; a slow one may miss some.
func (c *consumer) checkComplete(states map[int64][]device) {
	missed := 0
	for id, all := range states {
		shown, taken := visible(all), visible(c.taken[id])
		if c.changesOnly && len(shown) > 0 && (len(taken) == 0 || len(taken) < len(shown)) {
			continue // the start is omitted
		}
		if !slices.Equal(shown, taken) {
			missed++
			assert.True(c.t, c.slow, "device %d: took %v of %v", id, taken, shown)
		}
	}
	if missed > 0 {
		c.mu.Lock()
		c.merged++
		c.mu.Unlock()
	}
}

// visible omits states that do not count as a change.
func visible(states []device) []string {
	all := make([]string, 0, len(states))
	for _, d := range states {
		all = append(all, d.status)
	}
	return slices.Compact(all)
}

// isSubsequence reports whether all of part is in whole, in that order; one state may stand for several in a row.
func isSubsequence(part, whole []device) bool {
	at := 0
	for _, d := range part {
		for at < len(whole) && whole[at] != d {
			at++
		}
		if at == len(whole) {
			return false
		}
	}
	return true
}

func (d device) String() string { return fmt.Sprintf("%d %s %d", d.id, d.status, d.noise) }
