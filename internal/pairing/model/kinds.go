package model

import "time"

// Kinds returns the gateways that the rule is tested with, and its guarantees for each. The first nine are known to
// exist, or are allowed by gaps in the API's documentation.
func Kinds() []Kind {
	const s = time.Second
	return []Kind{
		{
			Name: "own clock 60/20, joined at random", First: 60 * s, Next: 20 * s, OwnClock: true,
			Bounds: Bounds{Dead: 0.05, Worst: 5 * s, PerMinute: 8},
		},
		{
			Name: "own clock 20, joined at random", First: 20 * s, Next: 20 * s, OwnClock: true,
			Bounds: Bounds{Dead: 0.05, Worst: 5 * s, PerMinute: 8},
		},
		{
			Name: "own clock 20, redrawn for each request", First: 20 * s, Next: 20 * s, OwnClock: true, Redrawn: true,
			Bounds: Bounds{Dead: 0.05, Worst: 5 * s, PerMinute: 8},
		},
		{
			Name: "a new code for each request, the older void", First: 60 * s, Next: 60 * s, Each: true,
			Bounds: Bounds{PerMinute: 7},
		},
		{
			Name: "on demand 60/20, no EXPIRED", First: 60 * s, Next: 20 * s,
			Bounds: Bounds{Dead: 0.01, Worst: s, PerMinute: 9},
		},
		{
			Name: "on demand 60/20, EXPIRED", First: 60 * s, Next: 20 * s, ShowsExpired: true,
			Bounds: Bounds{Dead: 0.01, Worst: s, PerMinute: 9},
		},
		{
			Name: "on demand 60/20, half voided early, EXPIRED", First: 60 * s, Next: 20 * s, ShowsExpired: true, VoidShare: 0.5,
			Bounds: Bounds{Dead: 0.06, Worst: 3050 * time.Millisecond, PerMinute: 12},
		},
		{
			Name: "on demand 60/20, 30 % lost or 504", First: 60 * s, Next: 20 * s, LostShare: 0.3,
			Bounds: Bounds{Dead: 0.08, Worst: 10 * s, Blank: 0.05, PerMinute: 13},
		},
		{
			Name: "own clock 20, responses take 5 s", First: 20 * s, Next: 20 * s, OwnClock: true, Back: 5 * s,
			Bounds: Bounds{Dead: 0.30, Worst: 11 * s, Blank: 0.025, PerMinute: 12.5},
		},
		{
			Name: "own clock 20, requests take 5 s", First: 20 * s, Next: 20 * s, OwnClock: true, There: 5 * s,
			Bounds: Bounds{Dead: 0.05, Worst: 5 * s, Blank: 0.025, PerMinute: 12.5},
		},
		{
			Name: "on demand 60/20, responses take 5 s", First: 60 * s, Next: 20 * s, Back: 5 * s,
			Bounds: Bounds{Dead: 0.25, Worst: 7 * s, Blank: 0.025, PerMinute: 12.5},
		},
		{
			Name: "on demand 60/20, statuses 6 s late", First: 60 * s, Next: 20 * s, ShowsExpired: true, StatusLag: 6 * s,
			Bounds: Bounds{Dead: 0.01, Worst: s, PerMinute: 9},
		},
		{
			Name: "on demand 60/20, always EXPIRED", First: 60 * s, Next: 20 * s, StaysExpired: true,
			Bounds: Bounds{Dead: 0.02, Worst: 3050 * time.Millisecond, PerMinute: 13},
		},
		{
			Name: "own clock 20, always EXPIRED", First: 20 * s, Next: 20 * s, OwnClock: true, StaysExpired: true,
			Bounds: Bounds{Dead: 0.18, Worst: 5 * s, PerMinute: 13},
		},
		{
			Name: "on demand 60/20, half voided early, no EXPIRED", First: 60 * s, Next: 20 * s, VoidShare: 0.5,
			Bounds: Bounds{Dead: 0.20, Worst: 20 * s, PerMinute: 13},
		},
		{
			Name: "own clock 20, half voided early", First: 20 * s, Next: 20 * s, OwnClock: true, VoidShare: 0.5,
			Bounds: Bounds{Dead: 0.27, Worst: 20 * s, PerMinute: 13},
		},
		{
			Name: "own clock 20, 30 % lost or 504", First: 20 * s, Next: 20 * s, OwnClock: true, LostShare: 0.3,
			Bounds: Bounds{Dead: 0.12, Worst: 10 * s, Blank: 0.05, PerMinute: 13},
		},
		{
			Name: "own clock 20, 10 % never respond", First: 20 * s, Next: 20 * s, OwnClock: true, HangShare: 0.1,
			Bounds: Bounds{Dead: 0.12, Worst: 18 * s, Blank: 0.05, PerMinute: 10},
		},
		{
			Name: "own clock 20, nothing for 1 s between codes", First: 20 * s, Next: 20 * s, Pause: s, OwnClock: true, ShowsExpired: true,
			Bounds: Bounds{Dead: 0.11, Worst: 7 * s, Blank: 0.02, PerMinute: 12},
		},
		{
			Name: "own clock 60/20, restarted", First: 60 * s, Next: 20 * s, OwnClock: true, RestartAt: 120 * s, DownFor: 3 * s,
			Bounds: Bounds{Dead: 0.10, Worst: 22 * s, Blank: 0.02, PerMinute: 11},
		},
		{
			Name: "own clock 20, which jumps", First: 20 * s, Next: 20 * s, OwnClock: true, JumpAt: 120 * s,
			Bounds: Bounds{Dead: 0.08, Worst: 20 * s, PerMinute: 9},
		},
		{
			Name: "own clock 28", First: 28 * s, Next: 28 * s, OwnClock: true,
			Bounds: Bounds{Dead: 0.10, Worst: 5 * s, PerMinute: 13},
		},
		{
			Name: "own clock 60", First: 60 * s, Next: 60 * s, OwnClock: true,
			Bounds: Bounds{Dead: 0.05, Worst: 5 * s, PerMinute: 13},
		},
		{
			Name: "own clock 15, less than the codes are trusted", First: 15 * s, Next: 15 * s, OwnClock: true,
			Bounds: Bounds{Dead: 0.17, Worst: 5050 * time.Millisecond, PerMinute: 13},
		},
	}
}
