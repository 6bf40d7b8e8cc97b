package whatspie_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

func redirectTo(status int, location string) reply {
	return reply{status: status, header: http.Header{"Location": {location}}, body: "<html>moved</html>"}
}

func urls(requests []sent) []string {
	seen := make([]string, len(requests))
	for i, request := range requests {
		seen[i] = request.url
	}
	return seen
}

func TestReadsFollowRedirectsWithinTheOrigin(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"/v2/devices/7":                         "https://api.whatspie.com/v2/devices/7",
		"https://api.whatspie.com/v2":           "https://api.whatspie.com/v2",
		"https://API.Whatspie.COM/v2":           "https://API.Whatspie.COM/v2",
		"https://api.whatspie.com:443/v2":       "https://api.whatspie.com:443/v2",
		"//api.whatspie.com/v2":                 "https://api.whatspie.com/v2",
		"https://api.whatspie.com/v2?next=%2F#": "https://api.whatspie.com/v2?next=%2F",
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(location+http.StatusText(status), func(t *testing.T) {
				t.Parallel()
				s := scriptOf(redirectTo(status, location), ok(fixture(t, "get_device_200.json")))
				device, err := s.client(t).Devices.Get(t.Context(), 7)
				require.NoError(t, err)
				assert.Equal(t, int64(5), device.ID)
				assert.Equal(t, []string{"https://api.whatspie.com/devices/7", want}, urls(s.requests()))
				assert.Equal(t, []string{"Bearer " + token, "Bearer " + token}, auths(s.requests()))
				s.assertClosed(t, 2)
			})
		}
	}
}

// Redirects elsewhere are not followed, so the token cannot leak.
func TestNoRedirectLeavesTheOrigin(t *testing.T) {
	t.Parallel()
	for _, location := range []string{
		"https://evil.com/devices/7",
		"//evil.com/devices/7",
		"http://api.whatspie.com/devices/7",
		"http://api.whatspie.com:443/devices/7",
		"https://api.whatspie.com:8443/devices/7",
		"https://api.whatspie.com.evil.com/",
		"https://sub.api.whatspie.com/",
		"https://whatspie.com/",
		"https://user@api.whatspie.com/devices/7",
		"https://user:pass@api.whatspie.com/devices/7",
		"https://api.whatspie.com@evil.com/",
		"ftp://api.whatspie.com/",
		"javascript:alert(1)",
		"https://api.what\u017fpie.com/", // a long s, which is an s to those who fold case
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(location+http.StatusText(status), func(t *testing.T) {
				t.Parallel()
				s := scriptOf(redirectTo(status, location))
				_, err := s.client(t, atOnce).Devices.Get(t.Context(), 7)
				assertOnly(t, err, whatspie.ErrUnexpectedResponse)
				failed := apiError(t, err)
				assert.Equal(t, status, failed.StatusCode)
				assert.Equal(t, location, failed.Header.Get("Location"))
				assert.Equal(t, "<html>moved</html>", string(failed.Body))
				assert.Equal(t, 1, failed.Attempts)
				assert.False(t, failed.Retryable())
				require.ErrorContains(t, err, "redirect not followed")
				assert.Len(t, s.requests(), 1, "the token went nowhere else")
				s.assertClosed(t, 1)
			})
		}
	}
}

func TestDefaultPortsAreTheSameOrigin(t *testing.T) {
	t.Parallel()
	for base, location := range map[string]string{
		"http://localhost":      "http://localhost:80/x",
		"http://localhost:80":   "http://localhost/x",
		"https://localhost:443": "https://localhost/x",
	} {
		s := scriptOf(redirectTo(302, location), ok(`{"data":[]}`))
		_, err := s.client(t, whatspie.WithBaseURL(base)).Devices.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, location, s.requests()[1].url)
	}
}

// A second redirect must not leave the origin either.
func TestNoLaterRedirectLeavesTheOrigin(t *testing.T) {
	t.Parallel()
	s := scriptOf(redirectTo(302, "/here"), redirectTo(302, "https://evil.com/"))
	_, err := s.client(t).Devices.List(t.Context())
	require.ErrorIs(t, err, whatspie.ErrUnexpectedResponse)
	assert.Equal(t, []string{"https://api.whatspie.com/devices", "https://api.whatspie.com/here"}, urls(s.requests()))
}

func TestRedirectLoopsAreBounded(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]string{"get": http.MethodGet, "head": http.MethodHead} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scriptOf(redirectTo(302, "/devices"))
			err := s.client(t, atOnce).Call(t.Context(), call, "/devices", nil, nil)
			assertOnly(t, err, whatspie.ErrUnexpectedResponse)
			assert.Len(t, s.requests(), 4, "three redirects at most")
			assert.Equal(t, 1, apiError(t, err).Attempts)
		})
	}
}

func TestWritesNeverFollowARedirect(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		for _, status := range []int{300, 301, 302, 303, 304, 307, 308} {
			t.Run(method+http.StatusText(status), func(t *testing.T) {
				t.Parallel()
				s := scriptOf(redirectTo(status, "/devices"), ok(fixture(t, "get_device_200.json")))
				err := s.client(t, atOnce).Call(t.Context(), method, "/devices", map[string]int{"a": 1}, nil)
				assertOnly(t, err, whatspie.ErrOutcomeUnknown)
				assert.Equal(t, status, apiError(t, err).StatusCode)
				assert.False(t, apiError(t, err).Retryable())
				assert.Len(t, s.requests(), 1)
			})
		}
	}
}

func TestTheCallersRedirectRuleNarrowsOurs(t *testing.T) {
	t.Parallel()
	stay := errors.New("stay here")
	for name, test := range map[string]struct {
		theirs   error
		location string
		asked    int
		status   int
		want     error
	}{
		"allows":                 {nil, "/there", 1, 200, nil},
		"refuses":                {stay, "/there", 1, 302, stay},
		"hands the answer back":  {http.ErrUseLastResponse, "/there", 1, 302, whatspie.ErrUnexpectedResponse},
		"is not asked elsewhere": {nil, "https://evil.com", 0, 302, whatspie.ErrUnexpectedResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, asked := scriptOf(redirectTo(302, test.location), ok(`{"data":[]}`)), 0
			theirs := &http.Client{Transport: s, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
				asked++
				assert.Len(t, via, 1)
				return test.theirs
			}}
			var response whatspie.Response
			_, err := newClient(t, atOnce, whatspie.WithHTTPClient(theirs)).Devices.List(t.Context(), whatspie.WithResponse(&response))
			require.ErrorIs(t, err, test.want)
			if test.want != nil {
				require.ErrorContains(t, err, "redirect not followed")
			}
			assert.Equal(t, test.asked, asked)
			assert.Equal(t, test.status, response.StatusCode)
			assert.Equal(t, 1, response.Attempts, "their rule will not change its mind")
		})
	}
}

// net/http would discard this response and keep only the Location, which may be a QR link.
func TestALocationThatCannotBeParsedIsAnUnexpectedAnswer(t *testing.T) {
	t.Parallel()
	s := scriptOf(redirectTo(302, "//codes.example.com/%zz?signature=abc"))
	_, err := s.client(t, atOnce).Devices.QR(t.Context(), 7)
	assertOnly(t, err, whatspie.ErrUnexpectedResponse)
	failed := apiError(t, err)
	assert.Equal(t, 302, failed.StatusCode)
	assert.Empty(t, failed.Header.Get("Location"))
	require.EqualError(t, err, "whatspie: GET /devices/7/qr: 302 Found: redirect not followed (1 attempt)")
	s.assertClosed(t, 1)
}

func TestALocationOfNoRedirectStaysAsItCame(t *testing.T) {
	t.Parallel()
	s := scriptOf(reply{status: 200, header: http.Header{"Location": {"http://[::1"}}, body: `{"status":200,"data":[]}`})
	var response whatspie.Response
	_, err := s.client(t).Devices.List(t.Context(), whatspie.WithResponse(&response))
	require.NoError(t, err)
	assert.Equal(t, "http://[::1", response.Header.Get("Location"))
}
