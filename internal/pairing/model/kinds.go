package model

import "time"

// Kinds returns the gateways that Pair is tested with, and its guarantees for each.
func Kinds() []Kind {
	const s = time.Second
	return []Kind{
		// Known to exist, or possible by the API's documentation.
		{
			Name: "own clock 60/20, joined at random", First: 60 * s, Next: 20 * s, OwnClock: true,
			Bounds: Bounds{Invalid: 0.05, LongestInvalid: 5 * s, PerMinute: 8},
		},
		{
			Name: "own clock 20, joined at random", First: 20 * s, Next: 20 * s, OwnClock: true,
			Bounds: Bounds{Invalid: 0.05, LongestInvalid: 5 * s, PerMinute: 8},
		},
		{
			Name: "own clock 20, redrawn for each request", First: 20 * s, Next: 20 * s, OwnClock: true, Redrawn: true,
			Bounds: Bounds{Invalid: 0.05, LongestInvalid: 5 * s, PerMinute: 8},
		},
		{
			Name: "a new code for each request, the older one invalid", First: 60 * s, Next: 60 * s, NewPerRequest: true,
			Bounds: Bounds{PerMinute: 7},
		},
		{
			Name: "on demand 60/20, no EXPIRED", First: 60 * s, Next: 20 * s,
			Bounds: Bounds{Invalid: 0.01, LongestInvalid: s, PerMinute: 9},
		},
		{
			Name: "on demand 60/20, EXPIRED", First: 60 * s, Next: 20 * s, ShowsExpired: true,
			Bounds: Bounds{Invalid: 0.01, LongestInvalid: s, PerMinute: 9},
		},
		{
			Name: "on demand 60/20, half end early, EXPIRED", First: 60 * s, Next: 20 * s, ShowsExpired: true, EarlyEndShare: 0.5,
			Bounds: Bounds{Invalid: 0.06, LongestInvalid: 3050 * time.Millisecond, PerMinute: 12},
		},
		{
			Name: "on demand 60/20, 30 % lost or 504", First: 60 * s, Next: 20 * s, LostShare: 0.3,
			Bounds: Bounds{Invalid: 0.08, LongestInvalid: 10 * s, Blank: 0.05, PerMinute: 13},
		},
		{
			Name: "own clock 20, responses take 5 s", First: 20 * s, Next: 20 * s, OwnClock: true, ResponseDelay: 5 * s,
			Bounds: Bounds{Invalid: 0.30, LongestInvalid: 11 * s, Blank: 0.025, PerMinute: 12.5},
		},
		// Other gateways.
		{
			Name: "own clock 20, requests take 5 s", First: 20 * s, Next: 20 * s, OwnClock: true, RequestDelay: 5 * s,
			Bounds: Bounds{Invalid: 0.05, LongestInvalid: 5 * s, Blank: 0.025, PerMinute: 12.5},
		},
		{
			Name: "on demand 60/20, responses take 5 s", First: 60 * s, Next: 20 * s, ResponseDelay: 5 * s,
			Bounds: Bounds{Invalid: 0.25, LongestInvalid: 7 * s, Blank: 0.025, PerMinute: 12.5},
		},
		{
			Name: "on demand 60/20, statuses 6 s late", First: 60 * s, Next: 20 * s, ShowsExpired: true, StatusLag: 6 * s,
			Bounds: Bounds{Invalid: 0.01, LongestInvalid: s, PerMinute: 9},
		},
		{
			Name: "on demand 60/20, always EXPIRED", First: 60 * s, Next: 20 * s, StaysExpired: true,
			Bounds: Bounds{Invalid: 0.02, LongestInvalid: 3050 * time.Millisecond, PerMinute: 9},
		},
		{
			Name: "own clock 20, always EXPIRED", First: 20 * s, Next: 20 * s, OwnClock: true, StaysExpired: true,
			Bounds: Bounds{Invalid: 0.05, LongestInvalid: 5 * s, PerMinute: 8},
		},
		{
			Name: "on demand 60/20, half end early, no EXPIRED", First: 60 * s, Next: 20 * s, EarlyEndShare: 0.5,
			Bounds: Bounds{Invalid: 0.20, LongestInvalid: 20 * s, PerMinute: 13},
		},
		{
			Name: "own clock 20, half end early", First: 20 * s, Next: 20 * s, OwnClock: true, EarlyEndShare: 0.5,
			Bounds: Bounds{Invalid: 0.27, LongestInvalid: 20 * s, PerMinute: 13},
		},
		{
			Name: "own clock 20, 30 % lost or 504", First: 20 * s, Next: 20 * s, OwnClock: true, LostShare: 0.3,
			Bounds: Bounds{Invalid: 0.12, LongestInvalid: 10 * s, Blank: 0.05, PerMinute: 13},
		},
		{
			Name: "own clock 20, 10 % never respond", First: 20 * s, Next: 20 * s, OwnClock: true, HangShare: 0.1,
			Bounds: Bounds{Invalid: 0.12, LongestInvalid: 18 * s, Blank: 0.05, PerMinute: 10},
		},
		{
			Name: "own clock 20, 1 s gap between codes", First: 20 * s, Next: 20 * s, Pause: s, OwnClock: true, ShowsExpired: true,
			Bounds: Bounds{Invalid: 0.11, LongestInvalid: 7 * s, Blank: 0.02, PerMinute: 12},
		},
		{
			Name: "own clock 60/20, restarted", First: 60 * s, Next: 20 * s, OwnClock: true, RestartAt: 120 * s, DownFor: 3 * s,
			Bounds: Bounds{Invalid: 0.10, LongestInvalid: 22 * s, Blank: 0.02, PerMinute: 11},
		},
		{
			Name: "own clock 20, the clock jumps", First: 20 * s, Next: 20 * s, OwnClock: true, JumpAt: 120 * s,
			Bounds: Bounds{Invalid: 0.08, LongestInvalid: 20 * s, PerMinute: 9},
		},
		{
			Name: "own clock 28", First: 28 * s, Next: 28 * s, OwnClock: true,
			Bounds: Bounds{Invalid: 0.10, LongestInvalid: 5 * s, PerMinute: 13},
		},
		{
			Name: "own clock 60", First: 60 * s, Next: 60 * s, OwnClock: true,
			Bounds: Bounds{Invalid: 0.05, LongestInvalid: 5 * s, PerMinute: 13},
		},
		{
			Name: "own clock 15, less than the assumed lifetime", First: 15 * s, Next: 15 * s, OwnClock: true,
			Bounds: Bounds{Invalid: 0.17, LongestInvalid: 5050 * time.Millisecond, PerMinute: 13},
		},
	}
}
