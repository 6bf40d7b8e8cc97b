package model

import "time"

// Bounds limit what a person in front of the screen experiences.
type Bounds struct {
	// Dead is the share of the display time in which the code shown is invalid, Worst the longest such period.
	Dead  float64
	Worst time.Duration
	// Blank is the share of the time with a valid code in which nothing is shown.
	Blank float64
	// PerMinute is the rate of code requests.
	PerMinute float64
}

// Within reports whether no value exceeds its limit.
func (b Bounds) Within(limit Bounds) bool {
	return b.Dead <= limit.Dead && b.Worst <= limit.Worst && b.Blank <= limit.Blank && b.PerMinute <= limit.PerMinute
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
	Runs                      int
	time, dead, living, blank time.Duration
	worst                     time.Duration
	requests                  int
}

// step is the time resolution of the evaluation.
const step = 50 * time.Millisecond

// Add evaluates a simulation up to the scan, or up to now.
func (t *Tally) Add(s *Screen) {
	end := min(s.gateway.Now(), s.gateway.paired)
	t.Runs++
	t.time += end
	t.requests += s.gateway.requests
	next, shown, dead := 0, 0, time.Duration(0)
	for at := time.Duration(0); at < end; at += step {
		for ; next < len(s.changes) && s.changes[next].at <= at; next++ {
			shown = s.changes[next].code
		}
		living := s.gateway.living(at)
		dead += step
		if shown == 0 || shown == living {
			dead = 0
		}
		t.worst = max(t.worst, dead)
		t.dead += min(dead, step)
		if living != 0 {
			t.living += step
		}
		if living != 0 && shown == 0 {
			t.blank += step
		}
	}
}

// Figures returns the results of all simulations.
func (t *Tally) Figures() Bounds {
	return Bounds{
		Dead:      float64(t.dead) / float64(max(t.time, 1)),
		Worst:     t.worst,
		Blank:     float64(t.blank) / float64(max(t.living, 1)),
		PerMinute: float64(t.requests) / max(t.time.Minutes(), 1),
	}
}
