package create_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// account is a simulated account that several processes create devices on. It loses requests and responses, lets lists lag,
// and stores names in its own way. Its lists are JSON written by hand.
type account struct {
	mu      sync.Mutex
	random  *rand.Rand
	named   bool                // lists contain names
	store   func(string) string // how the server changes a name
	devices []made
	posts   map[string]int // requests by name, including lost ones
	down    time.Time      // lists fail until then
}

type made struct {
	id      int
	name    string
	forName string // the requested name
	from    time.Time
}

// process is one client of the account.
type process struct {
	account *account
	last    string // method of the last request
}

func (p *process) RoundTrip(request *http.Request) (*http.Response, error) {
	p.last = request.Method
	p.account.pause(request)
	if request.Method == http.MethodGet {
		return p.account.list(request)
	}
	return p.account.create(request)
}

func (a *account) chance(percent int) bool { return a.random.IntN(100) < percent }

func (a *account) pause(request *http.Request) {
	a.mu.Lock()
	wait := time.Duration(a.random.IntN(3000)) * time.Millisecond
	a.mu.Unlock()
	select {
	case <-time.After(wait):
	case <-request.Context().Done():
	}
}

func (a *account) list(request *http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.chance(5), time.Now().Before(a.down):
		return answer(request, 503, "<html>")
	case a.chance(3):
		return nil, wiretest.ErrReset()
	}
	var lag time.Duration
	if a.chance(40) {
		lag = time.Duration(a.random.IntN(8000)) * time.Millisecond
	}
	var list []string
	for _, device := range a.devices {
		if time.Since(device.from) < lag {
			continue
		}
		name := ""
		if a.named {
			name = `,"name":` + strconv.Quote(device.name) // ASCII only, so a Go string is valid JSON
		}
		list = append(list, fmt.Sprintf(`{"id":%d%s,"package":{"code":"STARTUP240K"}}`, device.id, name))
	}
	return answer(request, 200, `{"status":200,"message":"OK","data":[`+strings.Join(list, ",")+`]}`)
}

func (a *account) create(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	var asked struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.posts[asked.Name]++
	if a.chance(5) {
		a.down = time.Now().Add(time.Minute)
	}
	if a.chance(10) {
		return answer(request, 403, `{"code":403,"message":"Device limit exceeded"}`)
	}
	if a.chance(40) { // the request is lost
		return a.doubtful(request)
	}
	id := a.add(asked.Name)
	switch {
	case a.chance(50):
		return a.doubtful(request)
	case a.chance(20):
		return answer(request, 201, `{"status":201,"message":"Device created"}`)
	default:
		return answer(request, 200, fmt.Sprintf(`{"status":200,"data":{"id":%d}}`, id))
	}
}

func (a *account) add(name string) int {
	id := len(a.devices) + 1
	a.devices = append(a.devices, made{id, a.store(name), name, time.Now()})
	return id
}

func (a *account) doubtful(request *http.Request) (*http.Response, error) {
	switch a.random.IntN(3) {
	case 0:
		return nil, wiretest.ErrReset()
	case 1:
		return answer(request, 504, "<html>")
	default:
		return answer(request, 200, "<html>")
	}
}

func answer(request *http.Request, status int, body string) (*http.Response, error) {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: request}, nil
}

// storing is what servers do to names.
var storing = map[string]func(string) string{
	"as they are": func(s string) string { return s },
	"HTML":        html.EscapeString,
	"tidied":      func(s string) string { return strings.Join(strings.Fields(s), " ") },
	"cut":         func(s string) string { return s[:min(len(s), 8)] },
	"slugged":     func(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "-")) },
	"all alike":   func(string) string { return "device" },
	"none":        func(string) string { return "" },
}

// However requests and responses are lost and lists lag: no device is returned twice, none that is not the caller's, none
// that was there before, and no request is sent twice.
func TestCreateConfirmed_model(t *testing.T) {
	t.Parallel()
	schedules := uint64(1500)
	if testing.Short() {
		schedules = 150
	}
	outcomes := map[string]int{}
	for seed := range schedules {
		synctest.Test(t, func(t *testing.T) { runCreators(t, seed, outcomes) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Log(outcomes)
	for _, outcome := range []string{"created", "found", "refused", "candidates", "none", "unlisted"} {
		assert.NotZero(t, outcomes[outcome], outcome)
	}
}

func runCreators(t *testing.T, seed uint64, outcomes map[string]int) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a schedule has to be repeatable
	ways := make([]string, 0, len(storing))
	for way := range storing {
		ways = append(ways, way)
	}
	slices.Sort(ways)
	a := &account{random: random, named: random.IntN(4) > 0, store: storing[ways[random.IntN(len(ways))]], posts: map[string]int{}}
	for i := range random.IntN(4) {
		a.add(fmt.Sprintf("Tom & Jerry's  %d", i))
	}
	old := len(a.devices)
	time.Sleep(time.Minute)

	var all sync.WaitGroup
	var mu sync.Mutex
	owner := map[int64]string{}
	delays := make([]time.Duration, 2+random.IntN(3))
	for i := range delays { // before the processes share the random source
		delays[i] = time.Duration(random.IntN(6000)) * time.Millisecond
	}
	for i, delay := range delays {
		name := fmt.Sprintf("Tom & Jerry's  %d", i)
		own := &process{account: a}
		client := wiretest.NewClient(t, wiretest.WithTransport(own), whatspie.WithRetry(whatspie.RetryPolicy{MaxAttempts: 2}))
		all.Go(func() {
			time.Sleep(delay)
			request := whatspie.CreateDeviceRequest{Package: whatspie.PackageStartup, Name: name}
			device, err := client.Devices.CreateConfirmed(t.Context(), request)
			mu.Lock()
			defer mu.Unlock()
			outcomes[outcomeOf(err, own.last)]++
			if err != nil {
				assert.Nil(t, device)
				return
			}
			if assert.Greater(t, device.ID, int64(old), "it was there before") {
				a.mu.Lock()
				forName := a.devices[device.ID-1].forName
				a.mu.Unlock()
				assert.Equal(t, name, forName, "it is somebody else's")
			}
			assert.Empty(t, owner[device.ID], "returned twice")
			owner[device.ID] = name
		})
	}
	all.Wait()
	for name, count := range a.posts {
		require.Equal(t, 1, count, "%s was sent again", name)
	}
}

// outcomeOf names what a call ended with, for a look at what the schedules reach.
func outcomeOf(err error, last string) string {
	var unconfirmed *whatspie.UnconfirmedError
	switch {
	case err == nil && last == http.MethodGet:
		return "found"
	case err == nil:
		return "created"
	case !errors.As(err, &unconfirmed):
		return "refused"
	case strings.Contains(err.Error(), "could not be listed"):
		return "unlisted"
	case len(unconfirmed.Candidates) > 0:
		return "candidates"
	default:
		return "none"
	}
}
