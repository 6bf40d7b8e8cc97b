package create_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestCreateConfirmed_returnsRefusals(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		request whatspie.CreateDeviceRequest
		faults  []whatspietest.Fault
		want    error
		methods []string
	}{
		"unknown package": {
			request: whatspie.CreateDeviceRequest{Package: "NOPE", Name: "x"},
			want:    whatspie.ErrInvalidPackage,
			methods: []string{"GET", "POST"},
		},
		"blank name": {
			request: whatspie.CreateDeviceRequest{Package: "BETA", Name: " "},
			want:    whatspie.ErrInvalidRequest,
			methods: []string{},
		},
		"first list refused": {
			request: wiretest.SalesDesk,
			faults:  []whatspietest.Fault{{Method: "GET", Status: 401, Body: `{"code":401}`}},
			want:    whatspie.ErrUnauthorized,
			methods: []string{"GET"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := whatspietest.NewServer(whatspietest.WithoutSocket())
			for _, fault := range test.faults {
				srv.Inject(fault)
			}
			_, err := srv.Client().Devices.CreateConfirmed(t.Context(), test.request)
			require.ErrorIs(t, err, test.want)
			require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown)
			assert.Equal(t, test.methods, wiretest.Methods(srv))
		})
	}
}

// Without the first list, an existing device would look new.
func TestCreateConfirmed_createsNothingWithoutFirstList(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]wiretest.Reply{
		"message without data": wiretest.OK(`{"status":200,"message":"Server is restarting"}`),
		"HTML":                 wiretest.OK("<html>"),
		"cut body":             {Status: 200, Body: `{"status":200,"data":[{"id":1}`, Cut: true},
		"503":                  {Status: 503},
		"connection reset":     wiretest.Fail(wiretest.ConnectionReset()),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := wiretest.NewScript(first)
				_, err := s.Client(t).Devices.CreateConfirmed(t.Context(), wiretest.NewDevice)
				require.Error(t, err)
				require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown)
				for _, request := range s.Requests() {
					assert.Equal(t, http.MethodGet, request.Method)
				}
			})
		})
	}
}

// A response that is not clearly an empty list does not count as one.
func TestCreateConfirmed_rejectsAmbiguousFirstList(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.OK(`{"code":200,"message":"Too many requests"}`), wiretest.Reply{Status: 502})
	_, err := s.Client(t).Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
	wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
	assert.Len(t, s.Requests(), 1, "nothing is created")
}

// A first list that never ends is cut at its limits, and nothing is created.
func TestCreateConfirmed_rejectsEndlessFirstList(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pause, limit time.Duration
		maxBytes     int64
	}{
		"slow": {pause: 7 * time.Second, limit: 5 * time.Minute, maxBytes: 1000},
		"fast": {maxBytes: 10 << 20},
		"over 16 times maxBytes, which are 34 devices": {
			pause: 7 * time.Second, limit: 34 * 7 * time.Second, maxBytes: 20,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := wiretest.NewScriptFunc(func(*http.Request) wiretest.Reply {
					return wiretest.Reply{Status: 200, Stream: wiretest.EndlessList(test.pause)}
				})
				start := time.Now()
				client := s.Client(t, whatspie.WithMaxResponseBytes(test.maxBytes))
				_, err := client.Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
				wiretest.AssertSentinels(t, err, whatspie.ErrResponseTooLarge, whatspie.ErrUnexpectedResponse)
				assert.Len(t, s.Requests(), 1)
				assert.LessOrEqual(t, test.limit, time.Since(start))
				assert.LessOrEqual(t, time.Since(start), test.limit+2*test.pause)
			})
		})
	}
}

// The limits of a list do not include the waits before it.
func TestCreateConfirmed_waitsBeforeFirstList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.AddDevice(whatspie.Device{})
		srv.Inject(whatspietest.Fault{Method: "GET", Status: 429, Header: http.Header{"Retry-After": {"360"}}})
		client := srv.Client(whatspie.WithRetry(whatspie.RetryPolicy{MaxRetryAfter: time.Hour}))
		_, err := client.Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
		require.NoError(t, err)
	})
}

func TestCreateConfirmed_continuesAfterFailedList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.Inject(whatspietest.Fault{Method: "POST", Lose: true})
		client := srv.Client()
		time.AfterFunc(time.Millisecond, func() {
			srv.Inject(whatspietest.Fault{Method: "GET", Status: 400, Body: "{}"}) // for the second list
		})
		srv.Inject(whatspietest.Fault{Method: "GET", Delay: 2 * time.Millisecond})

		device, err := client.Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)

		require.NoError(t, err)
		assert.Equal(t, int64(1), device.ID)
	})
}

// Neither the limit of 30 s nor an attempt timeout is the end of the caller's context.
func TestCreateConfirmed_givesUpAfterThirtySeconds(t *testing.T) {
	t.Parallel()
	for name, timeout := range map[string]time.Duration{"during a list": time.Minute, "between lists": 5 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := wiretest.NewScript(wiretest.ListOf(), wiretest.Reply{Status: 502}, wiretest.Reply{Stall: true})
				client := s.Client(t, whatspie.WithAttemptTimeout(timeout))
				start := time.Now()
				_, err := client.Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
				require.ErrorAs(t, err, new(*whatspie.UnconfirmedError))
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, 30*time.Second, time.Since(start))
			})
		})
	}
}

// The error of a failed list must not suggest a retry.
func TestCreateConfirmed_reportsUnknownOutcomeIfListsFail(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]wiretest.Reply{
		"502":              {Status: 502},
		"401":              {Status: 401, Body: `{"code":401,"message":"Unauthorized"}`},
		"429":              {Status: 429},
		"HTML":             wiretest.OK("<html>"),
		"connection reset": wiretest.Fail(wiretest.ConnectionReset()),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := wiretest.NewScript(wiretest.ListOf(), wiretest.Reply{Status: 504}, list)
				_, err := s.Client(t).Devices.CreateConfirmed(t.Context(), wiretest.NewDevice)
				var unconfirmed *whatspie.UnconfirmedError
				require.ErrorAs(t, err, &unconfirmed)
				assert.False(t, unconfirmed.Listed)
				assert.Regexp(t, `^whatspie: POST /devices: outcome unknown: 504 Gateway Timeout \(1 attempt\); `+
					`the devices could not be listed afterwards; listing the devices: GET /devices: `, err.Error())
				assert.NotContains(t, err.Error(), "\n")
				wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
				assert.False(t, wiretest.APIError(t, err).Retryable())
				assert.Equal(t, 504, wiretest.APIError(t, err).StatusCode)
			})
		})
	}
}

func TestCreateConfirmed_endsWithContext(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		list  wiretest.Reply // after the creation
		lists int
		text  string
	}{
		"between lists": {
			list:  wiretest.ListOf(),
			lists: 3,
			text:  `no new device was found on the requested package; context deadline exceeded`,
		},
		"during a list": {
			list:  wiretest.Reply{Stall: true},
			lists: 1,
			text: `the devices could not be listed afterwards; ` +
				`listing the devices: GET /devices: context deadline exceeded (1 attempt)`,
		},
		"after a failed list": {
			list:  wiretest.Reply{Status: 400},
			lists: 3,
			text: `the devices could not be listed afterwards; ` +
				`listing the devices: GET /devices: 400 Bad Request (1 attempt); context deadline exceeded`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := wiretest.NewScript(wiretest.ListOf(), wiretest.Reply{Status: 502}, test.list)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				_, err := s.Client(t).Devices.CreateConfirmed(ctx, wiretest.SalesDesk)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
				const creation = "whatspie: POST /devices: outcome unknown: 502 Bad Gateway (1 attempt); "
				require.EqualError(t, err, creation+test.text)
				assert.Len(t, s.Requests(), 2+test.lists)
			})
		})
	}
}

// The context of an incoming HTTP request ends when the browser disconnects. A detached context does not.
func TestCreateConfirmed_endsWithContextDuringCreation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		newClient := func() *whatspie.Client {
			after := wiretest.ListOf(`{"id":2,"name":"Sales desk"}`)
			return wiretest.NewScript(wiretest.ListOf(), wiretest.Reply{Stall: true}, after).Client(t)
		}
		ctx, disconnect := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, disconnect)
		_, err := newClient().Devices.CreateConfirmed(ctx, wiretest.SalesDesk)
		require.ErrorIs(t, err, context.Canceled)
		wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
		assert.Contains(t, err.Error(), "the devices could not be listed afterwards")

		ctx, disconnect = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, disconnect)
		detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
		defer cancel()
		device, err := newClient().Devices.CreateConfirmed(detached, wiretest.SalesDesk)
		require.NoError(t, err)
		assert.Equal(t, int64(2), device.ID)
	})
}

// A caller's mock may return an UnconfirmedError that it constructed.
func TestUnconfirmedError_literal(t *testing.T) {
	t.Parallel()
	literal := &whatspie.UnconfirmedError{Candidates: make([]whatspie.Device, 2)}
	require.EqualError(t, literal, "whatspie: outcome unknown; 2 new devices were found, but the name identifies none of them")
	wiretest.AssertSentinels(t, literal, whatspie.ErrOutcomeUnknown)
	require.NotErrorIs(t, literal, context.Canceled)
}

func TestUnconfirmedError_withoutNewDevice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.Inject(whatspietest.Fault{Method: "POST", Drop: true})
		_, err := srv.Client().Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
		wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
		var unconfirmed *whatspie.UnconfirmedError
		require.ErrorAs(t, err, &unconfirmed)
		assert.True(t, unconfirmed.Listed)
		const want = `^whatspie: POST /devices: outcome unknown: .*\(1 attempt\); no new device was found on the requested package$`
		assert.Regexp(t, want, err.Error())
	})
}

func TestUnconfirmedError_jsonHidesToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		echo := wiretest.Reply{Status: 502, Body: `{"message":"` + strings.ReplaceAll(wiretest.Token, `"`, `\"`) + `"}`}
		s := wiretest.NewScript(wiretest.ListOf(), echo, echo)
		_, err := s.Client(t, wiretest.NoWaits).Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
		encoded, marshalErr := json.Marshal(err)
		require.NoError(t, marshalErr)
		assert.JSONEq(t, `{"Candidates":null,"Listed":false}`, string(encoded))
	})
}
