package poll_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/poll"
)

// play applies the steps to an account, and returns a Tracker with all events since the first list.
func play(t *testing.T, steps ...func(*account)) (tracker *poll.Tracker[device], leave func()) {
	t.Helper()
	a := newAccount(device{id: 1, status: "a"}, device{id: 2, status: "a"})
	tracker, leave = watching(t, poll.New(a.source(), interval))
	synctest.Wait()
	assert.Equal(t, []poll.Kind{poll.Present, poll.Present, poll.Synced}, kinds(tracker))
	for _, step := range steps {
		a.meet(nil)
		step(a)
		time.Sleep(6 * interval) // longer than a backoff and three lists
	}
	return tracker, leave
}

func TestQueueMerges(t *testing.T) {
	t.Parallel()
	become := func(id int64, status string) func(*account) {
		return func(a *account) { a.set(device{id: id, status: status}) }
	}
	remove := func(id int64) func(*account) { return func(a *account) { a.remove(id) } }
	fail := func(a *account) {
		faults := []fault{{err: errDown}}
		a.meet(func() fault {
			defer func() { faults = []fault{{}} }()
			return faults[0]
		})
	}
	tests := map[string]struct {
		steps []func(*account)
		want  []poll.Kind
		last  [2]string // statuses of the last event's Previous and Device
	}{
		"nothing":                   {},
		"changed twice":             {[]func(*account){become(1, "b"), become(1, "c")}, []poll.Kind{poll.Changed}, [2]string{"a", "c"}},
		"changed back":              {steps: []func(*account){become(1, "b"), become(1, "a")}},
		"changed back, and again":   {[]func(*account){become(1, "b"), become(1, "a"), become(1, "d")}, []poll.Kind{poll.Changed}, [2]string{"a", "d"}},
		"added and changed":         {[]func(*account){become(3, "a"), become(3, "b")}, []poll.Kind{poll.Added}, [2]string{"", "b"}},
		"added and removed":         {steps: []func(*account){become(3, "a"), remove(3)}},
		"added, removed, and added": {[]func(*account){become(3, "a"), remove(3), become(3, "c")}, []poll.Kind{poll.Added}, [2]string{"", "c"}},
		"changed and removed":       {[]func(*account){become(1, "b"), remove(1)}, []poll.Kind{poll.Removed}, [2]string{"", "b"}},
		"removed and back":          {steps: []func(*account){remove(1), become(1, "a")}},
		"removed and back, changed": {[]func(*account){remove(1), become(1, "b")}, []poll.Kind{poll.Changed}, [2]string{"a", "b"}},
		"two devices":               {[]func(*account){become(2, "b"), become(1, "b"), become(2, "c")}, []poll.Kind{poll.Changed, poll.Changed}, [2]string{"a", "b"}},
		"one outage":                {steps: []func(*account){fail}, want: []poll.Kind{poll.Retry, poll.Synced}},
		"two outages":               {steps: []func(*account){fail, fail}, want: []poll.Kind{poll.Retry, poll.Synced}},
		"a change between outages":  {[]func(*account){fail, become(1, "b"), fail}, []poll.Kind{poll.Changed, poll.Retry, poll.Synced}, [2]string{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tracker, leave := play(t, test.steps...)
				defer leave()
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

// An outage does not hide the first Synced if that has not been taken yet.
func TestQueueKeepsTheFirstSynced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount()
		calls := 0
		a.next = func() fault {
			calls++
			return fault{err: map[int]error{2: errDown, 4: errDown, 5: errDown}[calls]}
		}
		tracker, leave := watching(t, poll.New(a.source(), interval))
		defer leave()
		time.Sleep(time.Minute)
		assert.Equal(t, []poll.Kind{poll.Synced, poll.Retry, poll.Synced}, kinds(tracker))
	})
}

// A consumer that never takes events costs at most one change per device.
func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount()
		calls := 0
		a.next = func() fault {
			calls++
			a.devices = map[int64]device{}
			for id := range int64(10) { // others each time, and one that changes
				a.devices[int64(calls)*10+id] = device{id: int64(calls)*10 + id}
			}
			a.devices[1] = device{id: 1, status: []string{"a", "b"}[calls%2]}
			return fault{err: map[bool]error{true: errDown}[calls%3 == 0]}
		}
		tracker, leave := watching(t, poll.New(a.source(), interval))
		defer leave()
		for range 200 {
			time.Sleep(10 * time.Second)
			entries, live := tracker.Queued()
			assert.LessOrEqual(t, live, 10*5+3, "those of the last lists")
			assert.LessOrEqual(t, entries, 2*live+1)
		}
	})
}

// Nothing is queued after the failure that ends the loop.
func TestEnded(t *testing.T) {
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
		tracker, leave := watching(t, poll.New(a.source(), interval))
		defer leave()
		time.Sleep(time.Minute)
		require.ErrorIs(t, tracker.Failing(), errFatal)
		assert.Equal(t, []poll.Kind{poll.Present, poll.Synced, poll.Ended}, kinds(tracker))
		assert.Equal(t, []poll.Kind{poll.Ended}, kinds(tracker), "and so it stays")
	})
}

// Events are copies that their consumer may modify.
func TestEventsAreTheTakersOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(device{id: 1, status: "a"})
		p := poll.New(a.source(), interval)
		one, leave := watching(t, p)
		defer leave()
		two, leaveToo := watching(t, p)
		defer leaveToo()
		time.Sleep(2 * interval)
		for range 2 {
			event, ok := one.Next()
			assert.True(t, ok)
			if event.Device != nil {
				event.Device.status = "scribbled over"
			}
		}
		event, _ := two.Next()
		assert.Equal(t, "a", event.Device.status)
		a.set(device{id: 1, status: "b"})
		time.Sleep(2 * interval)
		event, _ = one.Next()
		assert.Equal(t, "a", event.Previous.status)
	})
}
