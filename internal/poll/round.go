package poll

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// round is one poll and the loops that it serves.
type round[D comparable] struct {
	began    time.Time
	loops    map[int64][]*Loop[D]
	trackers []*Tracker[D]
	// listed holds the IDs of loops whose device the list has returned.
	listed map[int64]bool

	mu         sync.Mutex
	retryAfter time.Duration
}

func newRound[D comparable](loops map[*Loop[D]]struct{}, trackers map[*Tracker[D]]struct{}) *round[D] {
	r := &round[D]{began: time.Now(), loops: map[int64][]*Loop[D]{}, listed: map[int64]bool{}}
	for loop := range loops {
		r.loops[loop.ID] = append(r.loops[loop.ID], loop)
	}
	r.trackers = slices.Collect(maps.Keys(trackers))
	return r
}

// singleID returns the one ID that all loops of the round wait for.
func (r *round[D]) singleID() (int64, bool) {
	if len(r.trackers) > 0 || len(r.loops) != 1 {
		return 0, false
	}
	for id := range r.loops {
		return id, true
	}
	return 0, false
}

func (r *round[D]) seen(id int64, device *D) {
	for _, tracker := range r.trackers {
		tracker.seen(id, device)
	}
	for _, loop := range r.loops[id] {
		loop.Seen(device, r.began)
		r.listed[id] = true
	}
}

func (r *round[D]) polled(err error) {
	for _, tracker := range r.trackers {
		if err != nil {
			tracker.failed(err)
		}
	}
	for _, loops := range r.loops {
		for _, loop := range loops {
			loop.Polled(err)
		}
	}
}

// missing returns, sorted, the IDs that a loop or tracker expects and the complete list lacks.
func (r *round[D]) missing() []int64 {
	var missing []int64
	for id := range r.loops {
		if !r.listed[id] {
			missing = append(missing, id)
		}
	}
	for _, tracker := range r.trackers {
		missing = append(missing, tracker.listed()...)
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}

// rest records the longest Retry-After of the round.
func (r *round[D]) rest(retryAfter time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.retryAfter = max(r.retryAfter, retryAfter)
}
