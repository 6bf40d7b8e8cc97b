package poll_test

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/poll"
)

// consumer takes the events of a Tracker and applies them to its own copy of the account.
type consumer struct {
	*model

	slow, changesOnly bool
	untilEnd          bool // stays until the account no longer changes
	tracker           *poll.Tracker[device]
	firstList         int // index of the first list that the tracker may have received
	known             map[int64]device
	received          map[int64][]device // all states of each device, in order
	lastMark          poll.Kind          // the last Synced or Retry
	ended             bool
}

func (c *consumer) run(ctx context.Context) {
	c.known, c.received = map[int64]device{}, map[int64][]device{}
	c.tracker = poll.NewTracker(poll.TrackerConfig[device]{
		Includes:    func(d *device) bool { return d.status != "excluded" },
		IsChange:    isChange,
		Ends:        func(err error) bool { return errors.Is(err, errFatal) },
		ChangesOnly: c.changesOnly,
	})
	c.firstList = len(c.account.listsFrom(0))
	untrack := c.poller.Track(ctx, c.tracker)
	defer untrack()
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
	limit := int(c.lastID()) + 3
	assert.LessOrEqual(c.t, live, limit)
	assert.LessOrEqual(c.t, entries, 2*limit+1)
	for !c.ended {
		event, ok := c.tracker.Next()
		if !ok {
			return
		}
		c.mu.Lock()
		c.events++
		c.mu.Unlock()
		c.apply(event)
	}
}

func (c *consumer) lastID() int64 {
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	return c.nextID
}

// apply applies an event, which must fit the current state.
func (c *consumer) apply(event poll.Event[device]) {
	t := c.t
	switch event.Kind {
	case poll.Synced:
		assert.NotEqual(t, poll.Synced, c.lastMark, "two Synced in a row")
		c.lastMark = event.Kind
	case poll.Retry:
		assert.True(t, errors.Is(event.Err, errBusy) || errors.Is(event.Err, errDown), "%v", event.Err)
		c.lastMark = event.Kind
	case poll.Ended:
		require.ErrorIs(t, event.Err, errFatal)
		c.ended = true
	case poll.Present:
		assert.False(t, c.changesOnly)
		assert.NotEqual(t, poll.Synced, c.lastMark)
		fallthrough
	case poll.Added:
		assert.NotContains(t, c.known, event.Device.id, "%v", event)
		assert.Nil(t, event.Previous)
		c.put(*event.Device)
	case poll.Changed:
		before, isKnown := c.known[event.Device.id]
		if isKnown {
			assert.False(t, isChange(before, *event.Previous), "%v after %v", event, before)
		} else {
			assert.True(t, c.changesOnly)
			c.put(*event.Previous)
		}
		assert.True(t, isChange(*event.Previous, *event.Device))
		c.put(*event.Device)
	case poll.Removed:
		if !c.changesOnly {
			assert.Contains(t, c.known, event.Device.id)
		}
		assert.Nil(t, event.Previous)
		assert.True(t, c.mayBeGone(event.Device.id), "%v was removed too early", event)
		c.put(*event.Device)
		delete(c.known, event.Device.id)
	default:
		t.Errorf("unknown kind %v", event.Kind)
	}
}

func (c *consumer) put(d device) {
	c.known[d.id] = d
	c.received[d.id] = append(c.received[d.id], d)
}

// mayBeGone reports whether a removal was allowed: a not-found response, or three complete lists without the device.
func (c *consumer) mayBeGone(id int64) bool {
	c.account.mu.Lock()
	reported := c.account.gone[id]
	c.account.mu.Unlock()
	misses := 0
	for _, list := range c.account.listsFrom(c.firstList) {
		has := slices.ContainsFunc(list.devices, func(d device) bool { return d.id == id })
		switch {
		case has:
			misses = 0
		case list.complete:
			misses++
		}
		if misses >= 3 || misses > 0 && reported {
			return true
		}
	}
	return false
}

// finish compares the received states with those that were returned.
func (c *consumer) finish() {
	if c.untilEnd {
		c.takeAll()
	}
	lists := c.account.listsFrom(c.firstList)
	states, complete := map[int64][]device{}, map[int64][]device{} // of all lists, and of complete ones
	for _, list := range lists {
		for _, d := range list.devices {
			states[d.id] = append(states[d.id], d)
			if list.complete {
				complete[d.id] = append(complete[d.id], d)
			}
		}
	}
	for id, received := range c.received {
		assert.True(c.t, isSubsequence(received, states[id]), "device %d: received %v of %v", id, received, states[id])
	}
	if !c.untilEnd {
		return
	}
	if c.fatal {
		assert.True(c.t, c.ended)
		return
	}
	assert.Equal(c.t, poll.Synced, c.lastMark)
	for _, d := range c.account.all() {
		if known, ok := c.known[d.id]; ok {
			assert.False(c.t, isChange(known, d), "received %v instead of %v", known, d)
		} else {
			assert.True(c.t, c.changesOnly, "%v was not reported", d)
		}
	}
	for id := range c.known {
		assert.Contains(c.t, c.account.devices, id, "the removal of %d was not reported", id)
	}
	c.checkComplete(complete)
}

// checkComplete requires that a fast consumer received every state of a complete list; a slow one may miss some.
func (c *consumer) checkComplete(states map[int64][]device) {
	missed := 0
	for id, all := range states {
		want, got := statuses(all), statuses(c.received[id])
		if c.changesOnly && len(got) < len(want) {
			continue // the initial state is omitted
		}
		if !isSubsequence(want, got) {
			missed++
			assert.True(c.t, c.slow, "device %d: received %v of %v", id, got, want)
		}
	}
	if missed > 0 {
		c.mu.Lock()
		c.merged++
		c.mu.Unlock()
	}
}

// statuses returns the statuses, without those that equal the previous one.
func statuses(states []device) []string {
	all := make([]string, 0, len(states))
	for _, d := range states {
		all = append(all, d.status)
	}
	return slices.Compact(all)
}

// isSubsequence reports whether whole contains all of part, in that order. One state of whole may match several of
// part.
func isSubsequence[T comparable](part, whole []T) bool {
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
