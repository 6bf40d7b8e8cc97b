package model

import "time"

// Bounds limit what a person in front of the screen sees.
type Bounds struct {
	// Invalid is the share of the time in which the code shown is invalid.
	Invalid float64
	// LongestInvalid is the longest time in a row in which the code shown is invalid.
	LongestInvalid time.Duration
	// Blank is the share of the time with a valid code in which nothing is shown.
	Blank float64
	// PerMinute is the rate of code requests.
	PerMinute float64
}

// Within reports whether no value exceeds its limit.
func (b Bounds) Within(limit Bounds) bool {
	return b.Invalid <= limit.Invalid && b.LongestInvalid <= limit.LongestInvalid && b.Blank <= limit.Blank &&
		b.PerMinute <= limit.PerMinute
}

// Screen records what is shown.
type Screen struct {
	gateway *Gateway
	changes []change
}

type change struct {
	at   time.Duration
	code int
}

// NewScreen starts recording.
func NewScreen(gateway *Gateway) *Screen { return &Screen{gateway: gateway} }

// Show records what is shown from now on; 0 means nothing.
func (s *Screen) Show(code int) { s.changes = append(s.changes, change{s.gateway.Now(), code}) }

// Tally accumulates simulations.
type Tally struct {
	time, invalid  time.Duration
	longestInvalid time.Duration
	hasCode        time.Duration // with a valid code
	blank          time.Duration // with a valid code that is not shown
	requests       int
}

// step is the time resolution of the evaluation.
const step = 50 * time.Millisecond

// Add evaluates a simulation up to the scan, or up to now.
func (t *Tally) Add(s *Screen) {
	end := min(s.gateway.Now(), s.gateway.pairedAt)
	t.time += end
	t.requests += s.gateway.requests
	next, shown, invalid := 0, 0, time.Duration(0)
	for at := time.Duration(0); at < end; at += step {
		for ; next < len(s.changes) && s.changes[next].at <= at; next++ {
			shown = s.changes[next].code
		}
		valid := s.gateway.validCode(at)
		invalid += step
		if shown == 0 || shown == valid {
			invalid = 0
		}
		t.longestInvalid = max(t.longestInvalid, invalid)
		t.invalid += min(invalid, step)
		if valid != 0 {
			t.hasCode += step
		}
		if valid != 0 && shown == 0 {
			t.blank += step
		}
	}
}

// Figures returns the results of all simulations.
func (t *Tally) Figures() Bounds {
	return Bounds{
		Invalid:        float64(t.invalid) / float64(max(t.time, 1)),
		LongestInvalid: t.longestInvalid,
		Blank:          float64(t.blank) / float64(max(t.hasCode, 1)),
		PerMinute:      float64(t.requests) / max(t.time.Minutes(), 1),
	}
}
