package pairweb

import (
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
)

// pairing is one range over Pair, shared by all streams of a device.
type pairing struct {
	device int64
	number int64
	cancel func()

	// Guarded by the mutex of pairings.
	streams int
	idle    *time.Timer

	mu      sync.Mutex
	state   state
	changed chan struct{}
}

// update wakes all streams. It waits for none of them: a slow one gets the latest state and misses those between.
func (p *pairing) update(event whatspie.PairEvent, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := p.state.after(event, err)
	if next == p.state {
		return
	}
	p.state = next
	close(p.changed)
	p.changed = make(chan struct{})
}

// now returns the state, and a channel that is closed when the state changes.
func (p *pairing) now() (state, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state, p.changed
}

func (p *pairing) over() bool {
	s, _ := p.now()
	return s.over()
}

// isOutdated reports whether a new stream needs a new pairing. A failure stays on show, with its button, until a
// visitor starts over. A connection may have been lost since, so a new visit asks the API.
func (p *pairing) isOutdated(after int64) bool {
	s, _ := p.now()
	return s.phase == phaseConnected || s.over() && p.number == after
}
