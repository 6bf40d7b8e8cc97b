package pairing_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/pairing"
)

// reply is one response to a code request.
type reply struct {
	code  int
	err   error
	after time.Duration // the request
}

// scripted is a session whose gateway returns the replies in order, then the last one forever.
type scripted struct {
	*pairing.Session[int, string]

	start  time.Time
	asked  []time.Duration
	events []pairing.Event[int, string]
	at     []time.Duration
	// hold is called for each event.
	hold func(pairing.Event[int, string]) bool
}

func newScripted(rule pairing.Rule, device func(context.Context) (string, error), replies ...reply) *scripted {
	s := &scripted{start: time.Now(), hold: func(pairing.Event[int, string]) bool { return true }}
	turn := make(chan int, 1)
	turn <- 0
	s.Session = pairing.New(pairing.Gateway[int, string]{
		Code: func(ctx context.Context) (int, error) {
			n := <-turn
			s.asked = append(s.asked, time.Since(s.start))
			turn <- n + 1
			r := replies[min(n, len(replies)-1)]
			select {
			case <-ctx.Done():
				return 0, ctx.Err()
			case <-time.After(r.after):
				return r.code, r.err
			}
		},
		Device:     device,
		SameCode:   func(a, b int) bool { return a == b },
		Status:     status,
		SameDevice: func(string, string) bool { return true },
		SameState:  func(a, b string) bool { return a == b },
		Judge: func(err error) (pairing.Verdict, time.Duration) {
			verdict, _ := judge(err)
			if errors.Is(err, errBusy) {
				return pairing.Outage, 10 * time.Second
			}
			return verdict, 0
		},
	}, rule)
	return s
}

var errBusy = errors.New("busy")

func unpaired(context.Context) (string, error) { return "UNPAIRED", nil }

func (s *scripted) run(ctx context.Context, length time.Duration) pairing.End[string] {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	return s.Run(ctx, func(e pairing.Event[int, string]) bool {
		s.events, s.at = append(s.events, e), append(s.at, time.Since(s.start))
		return s.hold(e)
	})
}

// kinds returns the kinds of the events.
func (s *scripted) kinds() []pairing.Kind {
	kinds := make([]pairing.Kind, len(s.events))
	for i, e := range s.events {
		kinds[i] = e.Kind
	}
	return kinds
}

func seconds(all ...float64) []time.Duration {
	durations := make([]time.Duration, len(all))
	for i, s := range all {
		durations[i] = time.Duration(s * float64(time.Second))
	}
	return durations
}

func TestSession(t *testing.T) {
	t.Parallel()
	t.Run("asks around the expected end", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{code: 1}, reply{code: 1}, reply{code: 2})
			s.run(t.Context(), 42*time.Second)
			assert.Equal(t, seconds(0, 5, 10, 25, 26.25, 27.5, 30, 35, 40), s.asked)
			require.Equal(t, []pairing.Kind{pairing.Show, pairing.Show}, s.kinds())
			assert.Equal(t, s.start.Add(5*time.Second), s.events[0].AskAt)
			assert.Equal(t, s.start.Add(25*time.Second), s.events[1].AskAt, "20 s after the request that still returned the first")
		})
	})
	t.Run("trusts a code that was not there before", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{err: errNotYet}, reply{code: 1})
			s.run(t.Context(), 22*time.Second)
			assert.Equal(t, seconds(0, 5, 20, 21.25), s.asked)
		})
	})
	t.Run("keeps the last code while the gateway does", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			rule := defaults()
			rule.MaxCodes = 2
			s := newScripted(rule, unpaired, reply{code: 1}, reply{code: 2}, reply{code: 2}, reply{code: 2}, reply{code: 3})
			end := s.run(t.Context(), time.Hour)
			assert.Equal(t, pairing.Exhausted, end.Reason)
			assert.Equal(t, []pairing.Kind{pairing.Show, pairing.Show, pairing.TakeBack}, s.kinds())
			assert.Equal(t, seconds(0, 5, 20, 21.25, 22.5), s.asked)
		})
	})
	t.Run("takes a code back one recheck after the first failure", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{code: 1}, reply{err: errLost})
			s.run(t.Context(), 11*time.Second)
			at := map[pairing.Kind]time.Duration{}
			for i, e := range s.events {
				at[e.Kind] = s.at[i]
			}
			assert.Equal(t, 10*time.Second, at[pairing.TakeBack])
		})
	})
	t.Run("ignores EXPIRED that misled it until the status is another", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{code: 1}, reply{code: 1}, reply{code: 2})
			for i, device := range []string{"EXPIRED", "EXPIRED", "EXPIRED", "UNPAIRED", "EXPIRED"} {
				time.AfterFunc(time.Duration(i+1)*3*time.Second, func() { s.Seen(device, time.Now()) })
			}
			s.run(t.Context(), 17*time.Second)
			assert.Equal(t, seconds(0, 3, 8, 13, 15), s.asked)
		})
	})
	t.Run("drops a response that a later one has overtaken", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{code: 1, after: 8 * time.Second}, reply{code: 2})
			s.run(t.Context(), 20*time.Second)
			require.Equal(t, []pairing.Kind{pairing.Show}, s.kinds())
			assert.Equal(t, 2, s.events[0].Code)
		})
	})
	t.Run("asks again for a code that waited for the consumer", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{code: 1, after: time.Second}, reply{code: 2})
			s.hold = func(e pairing.Event[int, string]) bool {
				if e.Kind == pairing.Failed {
					time.Sleep(time.Minute)
				}
				return true
			}
			time.AfterFunc(time.Second/2, func() { s.Polled(errLost) })
			s.run(t.Context(), 2*time.Minute)
			require.Equal(t, []pairing.Kind{pairing.Failed, pairing.Show}, s.kinds())
			assert.Equal(t, 2, s.events[1].Code)
		})
	})
}

func TestSession_withoutACode(t *testing.T) {
	t.Parallel()
	t.Run("backs off in an outage", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{err: errLost})
			end := s.run(t.Context(), 10*time.Minute)
			assert.Equal(t, pairing.Interrupted, end.Reason)
			require.ErrorIs(t, end.Err, errLost)
			assert.InDelta(t, 23, len(s.asked), 4, "7 in the first minute, then 2 a minute")
			assert.Len(t, s.events, len(s.asked))
		})
	})
	t.Run("waits as long as the server asks for", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{err: errBusy}, reply{code: 1})
			s.run(t.Context(), 14*time.Second)
			require.GreaterOrEqual(t, len(s.asked), 2)
			assert.Greater(t, s.asked[1], 10*time.Second)
			assert.LessOrEqual(t, s.asked[1], 12*time.Second)
		})
	})
	t.Run("has patience, for which an outage does not count", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			rule := defaults()
			rule.Patience = 10 * time.Second
			s := newScripted(rule, unpaired, reply{err: errNotYet}, reply{err: errNotYet}, reply{err: errLost}, reply{err: errNotYet})
			end := s.run(t.Context(), time.Hour)
			assert.Equal(t, pairing.Exhausted, end.Reason)
			require.ErrorIs(t, end.Err, errNotYet)
			assert.Len(t, s.asked, 5, "5 s between the first two, 5 s between the last two")
			assert.Zero(t, end.Codes)
		})
	})
}

func TestSession_ends(t *testing.T) {
	t.Parallel()
	t.Run("ends with a final failure", func(t *testing.T) {
		t.Parallel()
		for name, setUp := range map[string]func() *scripted{
			"of a request": func() *scripted { return newScripted(defaults(), unpaired, reply{err: errFinal}) },
			"of a poll": func() *scripted {
				s := newScripted(defaults(), unpaired, reply{code: 1, after: time.Minute})
				time.AfterFunc(time.Second, func() { s.Polled(errFinal) })
				return s
			},
			"of the last look": func() *scripted {
				rule := defaults()
				rule.MaxCodes = 1
				return newScripted(rule, func(context.Context) (string, error) { return "", errFinal }, reply{code: 1}, reply{code: 2})
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					end := setUp().run(t.Context(), 10*time.Second)
					assert.Equal(t, pairing.Refused, end.Reason)
					require.ErrorIs(t, end.Err, errFinal)
				})
			})
		}
	})
	t.Run("ends with the device's state", func(t *testing.T) {
		t.Parallel()
		for device, want := range map[string]pairing.Reason{"PAIRED": pairing.Connected, "SUSPENDED": pairing.DeviceSuspended} {
			synctest.Test(t, func(t *testing.T) {
				s := newScripted(defaults(), unpaired, reply{code: 1, after: time.Hour})
				time.AfterFunc(time.Second, func() { s.Seen(device, time.Now()) })
				end := s.run(t.Context(), time.Minute)
				assert.Equal(t, want, end.Reason)
				assert.Equal(t, device, end.Device)
				assert.Equal(t, time.Second, time.Since(s.start), "a request that hangs does not delay it")
			})
		}
	})
}

func TestSession_state(t *testing.T) {
	t.Parallel()
	t.Run("reports changes of state", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{code: 1})
			for i, device := range []string{"UNPAIRED", "UNPAIRED", "EXPIRED", "ODD"} {
				time.AfterFunc(time.Duration(i+1)*time.Second, func() { s.Seen(device, time.Now()) })
			}
			s.run(t.Context(), 6*time.Second)
			require.Equal(t, []pairing.Kind{pairing.Show, pairing.Changed, pairing.Changed}, s.kinds())
			assert.Equal(t, "EXPIRED", s.events[1].Device)
			assert.Equal(t, "ODD", s.events[2].Device)
			assert.Equal(t, seconds(0, 3), s.asked[:2], "EXPIRED asks at once")
		})
	})
	t.Run("ignores EXPIRED of a poll that began before the last request", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newScripted(defaults(), unpaired, reply{code: 1})
			began := time.Now()
			time.AfterFunc(time.Second, func() { s.Seen("EXPIRED", began) })
			s.run(t.Context(), 4*time.Second)
			assert.Equal(t, seconds(0), s.asked)
		})
	})
}

func TestSession_stops(t *testing.T) {
	t.Parallel()
	t.Run("stops when the consumer does", func(t *testing.T) {
		t.Parallel()
		rule := defaults()
		rule.MaxCodes = 1
		for name, replies := range map[string][]reply{
			"a code":              {{code: 1}},
			"a failure":           {{err: errLost}},
			"not yet":             {{err: errNotYet}},
			"taken back":          {{code: 1}, {code: 1, after: time.Hour}},
			"taken back, failing": {{code: 1}, {err: errLost}},
			"one code too many":   {{code: 1}, {code: 2}},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newScripted(rule, unpaired, replies...)
					last := map[string]pairing.Kind{"a code": pairing.Show, "a failure": pairing.Failed, "not yet": pairing.Failed}[name]
					s.hold = func(e pairing.Event[int, string]) bool { return e.Kind != last && e.Kind != pairing.TakeBack }
					end := s.run(t.Context(), time.Hour)
					assert.Equal(t, pairing.Abandoned, end.Reason)
				})
			})
		}
	})
	t.Run("ends with its context during the last look", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			rule := defaults()
			rule.MaxCodes = 1
			hangs := func(ctx context.Context) (string, error) { <-ctx.Done(); return "", errLost }
			end := newScripted(rule, hangs, reply{code: 1}, reply{code: 2}).run(t.Context(), 6*time.Second)
			assert.Equal(t, pairing.Interrupted, end.Reason)
			end = newScripted(rule, hangs, reply{code: 1}, reply{code: 2}).run(t.Context(), time.Minute)
			assert.Equal(t, pairing.Exhausted, end.Reason)
			require.NoError(t, end.Err)
		})
	})
}
