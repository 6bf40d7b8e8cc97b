package poll_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/poll"
)

// trackSteps applies the steps to an account, and returns a tracker that holds all events since the first list.
func trackSteps(t *testing.T, steps ...func(*account)) (tracker *poll.Tracker[device], untrack func()) {
	t.Helper()
	a := newAccount(device{id: 1, status: "a"}, device{id: 2, status: "a"})
	tracker, untrack = track(t, poll.New(a.source(), interval))
	synctest.Wait()
	assert.Equal(t, []poll.Kind{poll.Present, poll.Present, poll.Synced}, takeKinds(tracker))
	for _, step := range steps {
		a.setFaults(nil)
		step(a)
		time.Sleep(6 * interval) // longer than a backoff and three lists
	}
	return tracker, untrack
}

// A list that fails may change a device, but not add one: otherwise a server that always fails could add without end.
func TestTracker_addsNothingFromIncompleteList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cut := func(a *account) {
			a.set(device{id: 1, status: "b"})
			a.set(device{id: 3, status: "a"})
			a.setFaults(func() fault { return fault{err: errDown, after: 3} })
		}
		tracker, untrack := trackSteps(t, cut)
		defer untrack()
		assert.Equal(t, []poll.Kind{poll.Changed, poll.Retry}, takeKinds(tracker))
		recovered, untrack := trackSteps(t, cut, func(*account) {})
		defer untrack()
		assert.Equal(t, []poll.Kind{poll.Changed, poll.Retry, poll.Added, poll.Synced}, takeKinds(recovered))
	})
}

func TestTracker_mergesEvents(t *testing.T) {
	t.Parallel()
	set := func(id int64, status string) func(*account) {
		return func(a *account) { a.set(device{id: id, status: status}) }
	}
	remove := func(id int64) func(*account) { return func(a *account) { a.remove(id) } }
	fail := func(a *account) {
		err := errDown // of the next list only
		a.setFaults(func() fault {
			defer func() { err = nil }()
			return fault{err: err}
		})
	}
	type steps = []func(*account)
	type kinds = []poll.Kind
	tests := map[string]struct {
		steps steps
		want  kinds
		last  [2]string // statuses of the last event's Previous and Device
	}{
		"no change":                 {},
		"changed twice":             {steps{set(1, "b"), set(1, "c")}, kinds{poll.Changed}, [2]string{"a", "c"}},
		"changed back":              {steps: steps{set(1, "b"), set(1, "a")}},
		"changed back and changed":  {steps{set(1, "b"), set(1, "a"), set(1, "d")}, kinds{poll.Changed}, [2]string{"a", "d"}},
		"added and changed":         {steps{set(3, "a"), set(3, "b")}, kinds{poll.Added}, [2]string{"", "b"}},
		"added and removed":         {steps: steps{set(3, "a"), remove(3)}},
		"added, removed, and added": {steps{set(3, "a"), remove(3), set(3, "c")}, kinds{poll.Added}, [2]string{"", "c"}},
		"changed and removed":       {steps{set(1, "b"), remove(1)}, kinds{poll.Removed}, [2]string{"", "b"}},
		"removed and added again":   {steps: steps{remove(1), set(1, "a")}},
		"removed and added changed": {steps{remove(1), set(1, "b")}, kinds{poll.Changed}, [2]string{"a", "b"}},
		"two devices":               {steps{set(2, "b"), set(1, "b"), set(2, "c")}, kinds{poll.Changed, poll.Changed}, [2]string{"a", "b"}},
		"one outage":                {steps: steps{fail}, want: kinds{poll.Retry, poll.Synced}},
		"two outages":               {steps: steps{fail, fail}, want: kinds{poll.Retry, poll.Synced}},
		"change between outages":    {steps{fail, set(1, "b"), fail}, kinds{poll.Changed, poll.Retry, poll.Synced}, [2]string{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tracker, untrack := trackSteps(t, test.steps...)
				defer untrack()
				var got []poll.Kind
				var last [2]string
				for event, ok := tracker.Next(); ok; event, ok = tracker.Next() {
					got = append(got, event.Kind)
					last = [2]string{}
					if event.Device != nil {
						last[1] = event.Device.status
					}
					if event.Previous != nil {
						last[0] = event.Previous.status
					}
				}
				assert.Equal(t, test.want, got)
				assert.Equal(t, test.last, last)
			})
		})
	}
}

// A failure replaces the Synced of an earlier recovery, but not the first one.
func TestTracker_keepsFirstSynced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount()
		calls := 0
		a.next = func() fault {
			calls++
			return fault{err: map[int]error{2: errDown, 4: errDown, 5: errDown}[calls]}
		}
		tracker, untrack := track(t, poll.New(a.source(), interval))
		defer untrack()
		time.Sleep(time.Minute)
		assert.Equal(t, []poll.Kind{poll.Synced, poll.Retry, poll.Synced}, takeKinds(tracker))
	})
}

// The queue of a consumer that never takes events holds at most one change per device.
func TestTracker_boundsQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount()
		calls := 0
		a.next = func() fault {
			calls++
			a.devices = map[int64]device{}
			for id := range int64(10) { // ten other devices in each list, besides one that changes
				a.devices[int64(calls)*10+id] = device{id: int64(calls)*10 + id}
			}
			a.devices[1] = device{id: 1, status: []string{"a", "b"}[calls%2]}
			return fault{err: map[bool]error{true: errDown}[calls%3 == 0]}
		}
		tracker, untrack := track(t, poll.New(a.source(), interval))
		defer untrack()
		for range 200 {
			time.Sleep(10 * time.Second)
			entries, live := tracker.Queued()
			assert.LessOrEqual(t, live, 10*5+3, "changes of the last lists")
			assert.LessOrEqual(t, entries, 2*live+1)
		}
	})
}

// Nothing is queued after a failure that ends the tracking.
func TestTracker_endsOnFatalFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(device{id: 1})
		calls := 0
		a.next = func() fault {
			if calls++; calls == 2 {
				return fault{err: errFatal}
			}
			a.devices[int64(calls)] = device{id: int64(calls)}
			return fault{}
		}
		tracker, untrack := track(t, poll.New(a.source(), interval))
		defer untrack()
		time.Sleep(time.Minute)
		require.ErrorIs(t, tracker.LastError(), errFatal)
		assert.Equal(t, []poll.Kind{poll.Present, poll.Synced, poll.Ended}, takeKinds(tracker))
		assert.Equal(t, []poll.Kind{poll.Ended}, takeKinds(tracker), "Ended is repeated")
	})
}

// The devices of an event are copies that the consumer may modify.
func TestTracker_copiesDevices(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(device{id: 1, status: "a"})
		p := poll.New(a.source(), interval)
		first, untrackFirst := track(t, p)
		defer untrackFirst()
		second, untrackSecond := track(t, p)
		defer untrackSecond()
		time.Sleep(2 * interval)
		for range 2 {
			event, ok := first.Next()
			assert.True(t, ok)
			if event.Device != nil {
				event.Device.status = "modified"
			}
		}
		event, _ := second.Next()
		assert.Equal(t, "a", event.Device.status)
		a.set(device{id: 1, status: "b"})
		time.Sleep(2 * interval)
		event, _ = first.Next()
		assert.Equal(t, "a", event.Previous.status)
	})
}
