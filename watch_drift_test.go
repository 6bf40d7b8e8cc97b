package whatspie_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// The list need not show the same fields as the device alone, and which of the two is asked depends on the other loops.
func TestWatchTakesNoDifferenceOfEndpointsForAChange(t *testing.T) {
	t.Parallel()
	const list, alone = `{"data":[{"id":1,"paired_status":"%s","webhook_url":"https://hook","package":{"code":"BETA"}}]}`,
		`{"data":{"id":1,"paired_status":"%s","name":"%s","created_at":"2026-01-02T03:04:05Z","package":{"code":"BETA","name":"Beta"},"phone":"%s"}}`
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		name, status, phone := "Shop", "PAIRED", "628"
		client := newClient(t, through(roundTripper(func(request *http.Request) (*http.Response, error) {
			switch at := time.Since(start); { // each but the last while the list is asked
			case at > 35*time.Second:
				phone = "629"
			case at > 24*time.Second:
				status, phone = "UNPAIRED", ""
			case at > 14*time.Second:
				name = "Store"
			}
			if request.URL.Path == "/devices" {
				return scriptOf(ok(fmt.Sprintf(list, status))).RoundTrip(request)
			}
			return scriptOf(ok(fmt.Sprintf(alone, status, name, phone))).RoundTrip(request)
		})))
		for _, at := range []time.Duration{4 * time.Second, 13 * time.Second, 22 * time.Second} { // two that ask for the list, for two polls
			time.AfterFunc(at, func() { _ = watchFor(t, client, 4*time.Second) })
		}
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		defer cancel()
		var told []string
		for change, err := range client.Devices.Watch(ctx, whatspie.WithDevices(1)) {
			if err == nil && change.Previous != nil {
				now, before := change.Device, change.Previous
				told = append(told, fmt.Sprintf("%v %s %s %s to %s %s %s", time.Since(start).Seconds(),
					before.Name, before.PairedStatus, before.Phone, now.Name, now.PairedStatus, now.Phone))
			}
		}
		assert.Equal(t, []string{
			"19 Shop PAIRED 628 to Store PAIRED 628",
			"25  PAIRED  to  UNPAIRED ",
			"37 Store UNPAIRED  to Store UNPAIRED 629",
		}, told)
	})
}

func TestWatchHearsOneOfTwoWithTheSameID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := scriptOf(ok(`{"data":[{"id":1,"name":"a"},{"id":1,"name":"b"},{"id":-5,"name":"c"}]}`)).client(t)
		assert.Equal(t, []string{"0 1 "}, watchFor(t, client, 10*time.Second))
	})
}

// A wrong base URL is not a device that is gone.
func TestWatchOfOneDeviceEndsWhereNothingIsThere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for _, body := range []string{"<html>", ""} {
			s := scriptOf(reply{status: 404, body: body})
			for change, err := range s.client(t).Devices.Watch(ctx, whatspie.WithDevices(1)) {
				require.ErrorIs(t, err, whatspie.ErrNotFound)
				assert.Nil(t, change.Device)
			}
			assert.Len(t, s.requests(), 1)
		}
	})
}

// Neither tells anything after the end of its context, however much it has in store.
func TestLoopsStopWithTheirContext(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer(whatspietest.WithoutSocket())
	for range 50 {
		srv.AddDevice(whatspie.Device{})
	}
	stopAfter := func(enough int) (context.Context, func(error)) {
		ctx, cancel := context.WithCancel(t.Context())
		told := 0
		return ctx, func(err error) {
			if told++; told == enough {
				cancel()
			}
			assert.Equal(t, told > enough, errors.Is(err, context.Canceled))
			assert.LessOrEqual(t, told, enough+1)
			if err != nil {
				assert.Regexp(t, `^whatspie: GET /devices: context canceled( \(1 attempt\))?$`, err.Error())
			}
		}
	}
	ctx, next := stopAfter(3)
	for _, err := range srv.Client().Devices.Watch(ctx) {
		next(err)
	}
	ctx, next = stopAfter(3)
	for _, err := range srv.Client().Devices.All(ctx) {
		next(err)
	}
}

// endless is a list without an end.
type endless struct {
	every time.Duration
	count int
	head  io.Reader
}

func (e *endless) Read(p []byte) (int, error) {
	if n, err := e.head.Read(p); err == nil {
		return n, nil
	}
	batch := 1000
	if e.every > 0 {
		time.Sleep(e.every) // of virtual time
		batch = 1
	}
	var devices strings.Builder
	for range batch {
		e.count++
		fmt.Fprintf(&devices, `{"id":%d},`, e.count)
	}
	e.head = strings.NewReader(devices.String())
	return e.head.Read(p)
}

func TestAListWithoutAnEndEnds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		every, after time.Duration
		want         error
	}{
		"a trickle": {7 * time.Second, 5 * time.Minute, whatspie.ErrResponseTooLarge},
		"a flood":   {0, 0, whatspie.ErrResponseTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				list := roundTripper(func(request *http.Request) (*http.Response, error) {
					return scriptOf(reply{status: 200, stream: &endless{every: test.every, head: strings.NewReader("[")}}).RoundTrip(request)
				})
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				start := time.Now()
				_, err := newClient(t, through(list)).Devices.CreateConfirmed(ctx, salesDesk)
				require.ErrorIs(t, err, test.want)
				require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown, "nothing was created yet")
				assert.LessOrEqual(t, test.after, time.Since(start))
				assert.LessOrEqual(t, time.Since(start), test.after+2*test.every)
				if test.every == 0 {
					return // once takes long enough
				}
				for change, err := range newClient(t, through(list)).Devices.Watch(ctx) {
					require.NoError(t, err)
					if change.Err != nil {
						require.ErrorIs(t, change.Err, test.want)
						break
					}
				}
			})
		})
	}
}
