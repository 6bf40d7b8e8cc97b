// Package model simulates gateways that hand out QR codes, to measure what a person in front of the screen meets. It runs by
// the clock of package time, which is meant to be a virtual one. Durations count from the start of the simulation.
package model

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Kind is a kind of gateway. What is zero does not happen.
type Kind struct {
	Name string
	// First and Next are how long the first code of a session lives, and each later one.
	First, Next time.Duration
	// OwnClock rotates the codes whether they are requested or not; the session began at a random time before. Without it, a
	// code is made when it is requested and none lives.
	OwnClock bool
	// Pause is how long no code lives between two of a gateway with a clock of its own.
	Pause time.Duration
	// Each makes a new code for each request, and the older one void.
	Each bool
	// Redrawn draws the same code differently for each request.
	Redrawn bool
	// ShowsExpired shows EXPIRED while no code lives.
	ShowsExpired bool
	// StaysExpired shows EXPIRED whether a code lives or not.
	StaysExpired bool
	// VoidShare is the share of codes that are void before their time.
	VoidShare float64
	// LostShare is the share of responses to requests for the code that are lost or turn into a 504 after the work is done,
	// HangShare that of responses that never come.
	LostShare, HangShare float64
	// There and Back are how long a request for the code and its response travel.
	There, Back time.Duration
	// StatusLag is how old the status is that a poll shows.
	StatusLag time.Duration
	// RestartAt begins a new session at a random time around it, after DownFor without any response.
	RestartAt, DownFor time.Duration
	// JumpAt moves the gateway's clock at a random time around it.
	JumpAt time.Duration

	// Bounds is what the rule promises.
	Bounds Bounds
}

// life is the time in which a code lives.
type life struct {
	code     int
	from, to time.Duration
}

// Gateway is one gateway in one simulation. It is safe for concurrent use.
type Gateway struct {
	kind  Kind
	start time.Time

	mu       sync.Mutex
	rand     *rand.Rand
	lives    []life // in order
	down     life
	paired   time.Duration
	requests int
}

// never is beyond any simulation.
const never = 1000 * time.Hour

// New makes a gateway whose chances follow from the seed.
func New(kind Kind, seed uint64) *Gateway {
	g := &Gateway{
		kind:   kind,
		start:  time.Now(),
		rand:   rand.New(rand.NewPCG(seed, 0)), //nolint:gosec // a simulation is to be repeatable
		paired: never,
	}
	if kind.OwnClock {
		g.rotate()
	}
	return g
}

// Now returns how long the simulation has run.
func (g *Gateway) Now() time.Duration { return time.Since(g.start) }

// Scan connects a phone.
func (g *Gateway) Scan() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.paired = g.Now()
}

// horizon is until when codes are laid out.
const horizon = time.Hour

// rotate lays out the codes of a gateway that goes by its own clock.
func (g *Gateway) rotate() {
	restart, jump := g.around(g.kind.RestartAt), g.around(g.kind.JumpAt)
	session := g.kind.First + 5*g.kind.Next
	at := -upTo(g.rand, session)
	for code := 0; at < horizon; code++ {
		lifetime := g.kind.Next
		if code == 0 {
			lifetime = g.kind.First
		}
		to := at + g.void(lifetime)
		if at < jump && jump < to {
			to = jump + upTo(g.rand, g.kind.Next)
		}
		if at < restart && restart < to {
			g.lives = append(g.lives, life{len(g.lives) + 1, at, restart})
			at, code, restart = restart+g.kind.DownFor, -1, never
			g.down = life{from: at - g.kind.DownFor, to: at}
			continue
		}
		g.lives = append(g.lives, life{len(g.lives) + 1, at, to})
		at = to + g.kind.Pause
	}
}

func (g *Gateway) around(middle time.Duration) time.Duration {
	if middle == 0 {
		return never
	}
	return middle/2 + upTo(g.rand, middle)
}

// void cuts some lifetimes short.
func (g *Gateway) void(lifetime time.Duration) time.Duration {
	if g.rand.Float64() < g.kind.VoidShare {
		return upTo(g.rand, lifetime)
	}
	return lifetime
}

func upTo(r *rand.Rand, below time.Duration) time.Duration {
	if below <= 0 {
		return 0
	}
	return time.Duration(r.Int64N(int64(below)))
}

// living returns the code that works at a time; 0 if none does.
func (g *Gateway) living(at time.Duration) int {
	for _, l := range slices.Backward(g.lives) {
		if l.includes(at) {
			return l.code
		}
	}
	return 0
}

func (l life) includes(at time.Duration) bool { return at >= l.from && at < l.to }

// Response is what a request brings.
type Response int

// The responses.
const (
	Arrives   Response = iota
	Connected          // a phone is
	None               // there is no code now
	Lost
	Hangs
)

// Code handles a request for the code, without the time that it travels.
func (g *Gateway) Code() (code int, response Response) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.Now()
	g.requests++
	chance := g.rand.Float64()
	switch {
	case g.down.includes(now):
		return 0, Lost
	case now >= g.paired:
		return 0, Connected
	}
	code = g.made(now)
	switch {
	case chance < g.kind.LostShare:
		return 0, Lost
	case chance < g.kind.LostShare+g.kind.HangShare:
		return 0, Hangs
	case code == 0:
		return 0, None
	default:
		return code, Arrives
	}
}

// made returns the code that works now, and makes one if it must.
func (g *Gateway) made(now time.Duration) int {
	living := g.living(now)
	if g.kind.OwnClock || living != 0 && !g.kind.Each {
		return living
	}
	lifetime := g.kind.Next
	if len(g.lives) == 0 {
		lifetime = g.kind.First
	}
	if living != 0 {
		g.lives[len(g.lives)-1].to = now
	}
	g.lives = append(g.lives, life{len(g.lives) + 1, now, now + g.void(lifetime)})
	return len(g.lives)
}

// Status returns what a poll shows: UNPAIRED, EXPIRED or PAIRED; empty if there is no response.
func (g *Gateway) Status() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.Now()
	at := now - g.kind.StatusLag
	switch {
	case g.down.includes(now):
		return ""
	case at >= g.paired:
		return "PAIRED"
	case g.kind.StaysExpired:
		return "EXPIRED"
	case g.kind.ShowsExpired && len(g.lives) > 0 && at > g.lives[0].from && g.living(at) == 0:
		return "EXPIRED"
	default:
		return "UNPAIRED"
	}
}
