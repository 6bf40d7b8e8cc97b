package pairweb

import (
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
)

// pairing is a loop over Pair that all streams of a device share.
type pairing struct {
	device int64
	number int64 // identifies the pairing to the page
	cancel func()

	// Guarded by the mutex of pairings.
	streams   int
	idleTimer *time.Timer // ends the pairing; nil while there are streams

	mu      sync.Mutex
	state   state
	changed chan struct{} // closed and replaced when the state changes
}

// update changes the state and wakes all streams. It does not wait for them: a slow stream skips to the latest state.
func (p *pairing) update(event whatspie.PairEvent, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := p.state.next(event, err)
	if next == p.state {
		return
	}
	p.state = next
	close(p.changed)
	p.changed = make(chan struct{})
}

// current returns the state, and a channel that is closed when the state changes.
func (p *pairing) current() (state, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state, p.changed
}

func (p *pairing) ended() bool {
	s, _ := p.current()
	return s.terminal()
}

// mustRestart reports whether a new stream needs a new pairing. A failure is shown until a visitor tries again: after
// is then the number of the failed pairing. A connected phone may have disconnected since, so its status is requested
// anew.
func (p *pairing) mustRestart(after int64) bool {
	s, _ := p.current()
	return s.phase == phaseConnected || s.terminal() && p.number == after
}
