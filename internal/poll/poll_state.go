package poll

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// pollState is one poll in progress: the subscribers and trackers it serves, and what it has returned so far.
type pollState[D comparable] struct {
	began       time.Time
	subscribers map[int64][]*Subscriber[D] // by device ID
	trackers    []*Tracker[D]
	// listed holds the IDs of the subscribers' devices that the list has returned.
	listed map[int64]bool

	mu         sync.Mutex
	retryAfter time.Duration
}

func newPollState[D comparable](
	subscribers map[*Subscriber[D]]struct{}, trackers map[*Tracker[D]]struct{},
) *pollState[D] {
	p := &pollState[D]{began: time.Now(), subscribers: map[int64][]*Subscriber[D]{}, listed: map[int64]bool{}}
	for subscriber := range subscribers {
		id := subscriber.ID()
		p.subscribers[id] = append(p.subscribers[id], subscriber)
	}
	p.trackers = slices.Collect(maps.Keys(trackers))
	return p
}

// singleID returns the device to request if all subscribers wait for the same one and there is no tracker.
func (p *pollState[D]) singleID() (int64, bool) {
	if len(p.trackers) > 0 || len(p.subscribers) != 1 {
		return 0, false
	}
	for id := range p.subscribers {
		return id, true
	}
	return 0, false
}

// deliver passes on a device from the list.
func (p *pollState[D]) deliver(id int64, device *D) {
	for _, tracker := range p.trackers {
		tracker.seen(id, device)
	}
	for _, subscriber := range p.subscribers[id] {
		subscriber.Seen(device, p.began)
		p.listed[id] = true
	}
}

// deliverResult passes on the result of the list to the subscribers: nil or its error.
func (p *pollState[D]) deliverResult(err error) {
	for _, subscribers := range p.subscribers {
		for _, subscriber := range subscribers {
			subscriber.Polled(err)
		}
	}
}

// missingIDs returns, sorted, the IDs that a subscriber or tracker expects and the complete list lacks.
func (p *pollState[D]) missingIDs() []int64 {
	var missing []int64
	for id := range p.subscribers {
		if !p.listed[id] {
			missing = append(missing, id)
		}
	}
	for _, tracker := range p.trackers {
		missing = append(missing, tracker.endList()...)
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}

// addRetryAfter records a Retry-After; the longest one of the poll counts.
func (p *pollState[D]) addRetryAfter(retryAfter time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retryAfter = max(p.retryAfter, retryAfter)
}
