package pairing_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/pairing"
)

func TestSession_end(t *testing.T) {
	t.Parallel()
	t.Run("last code without a failure that has passed", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			limits := defaults()
			limits.MaxCodes = 1
			end := newScripted(limits, unpaired, reply{code: 1}, reply{err: errLost}, reply{code: 2}).run(t.Context(), time.Hour)
			assert.Equal(t, pairing.Exhausted, end.Reason)
			require.NoError(t, end.Err)
		})
	})
	t.Run("final failure", func(t *testing.T) {
		t.Parallel()
		for name, setUp := range map[string]func() *scripted{
			"of a code request": func() *scripted { return newScripted(defaults(), unpaired, reply{err: errFinal}) },
			"of a poll": func() *scripted {
				s := newScripted(defaults(), unpaired, reply{code: 1, delay: time.Minute})
				time.AfterFunc(time.Second, func() { s.Polled(errFinal) })
				return s
			},
			"of the last status request": func() *scripted {
				limits := defaults()
				limits.MaxCodes = 1
				return newScripted(limits, func(context.Context) (string, error) { return "", errFinal }, reply{code: 1}, reply{code: 2})
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
	t.Run("final status", func(t *testing.T) {
		t.Parallel()
		for device, want := range map[string]pairing.Reason{"PAIRED": pairing.Connected, "SUSPENDED": pairing.DeviceSuspended} {
			synctest.Test(t, func(t *testing.T) {
				s := newScripted(defaults(), unpaired, reply{code: 1, delay: time.Hour})
				time.AfterFunc(time.Second, func() { s.Seen(device, time.Now()) })
				end := s.run(t.Context(), time.Minute)
				assert.Equal(t, want, end.Reason)
				assert.Equal(t, device, end.Device)
				assert.Equal(t, time.Second, time.Since(s.start), "a hanging request delayed the end")
			})
		}
	})
}

func TestSession_stopsEarly(t *testing.T) {
	t.Parallel()
	t.Run("consumer stops", func(t *testing.T) {
		t.Parallel()
		limits := defaults()
		limits.MaxCodes = 1
		for name, replies := range map[string][]reply{
			"code":                    {{code: 1}},
			"failure":                 {{err: errLost}},
			"not yet":                 {{err: errNotYet}},
			"withdrawal":              {{code: 1}, {code: 1, delay: time.Hour}},
			"withdrawal in an outage": {{code: 1}, {err: errLost}},
			"one code too many":       {{code: 1}, {code: 2}},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newScripted(limits, unpaired, replies...)
					last := map[string]pairing.Kind{"code": pairing.Show, "failure": pairing.Failed, "not yet": pairing.Failed}[name]
					s.consume = func(e pairing.Event[int, string]) bool { return e.Kind != last && e.Kind != pairing.Withdraw }
					end := s.run(t.Context(), time.Hour)
					assert.Equal(t, pairing.Abandoned, end.Reason)
				})
			})
		}
	})
	t.Run("context ends during the last status request", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			limits := defaults()
			limits.MaxCodes = 1
			hang := func(ctx context.Context) (string, error) { <-ctx.Done(); return "", errLost }
			end := newScripted(limits, hang, reply{code: 1}, reply{code: 2}).run(t.Context(), 6*time.Second)
			assert.Equal(t, pairing.Interrupted, end.Reason)
			end = newScripted(limits, hang, reply{code: 1}, reply{code: 2}).run(t.Context(), time.Minute)
			assert.Equal(t, pairing.Exhausted, end.Reason)
			require.NoError(t, end.Err)
		})
	})
}
