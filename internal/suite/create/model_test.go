package create_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
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

// account simulates an account on which several processes create devices. It loses requests and responses, returns
// stale lists, and changes the names it stores. Its lists are JSON written by hand.
type account struct {
	mu        sync.Mutex
	random    *rand.Rand
	listNames bool                // whether lists contain names
	storeName func(string) string // returns the stored form of a requested name
	devices   []createdDevice
	posts     map[string]int // creation requests by name, including lost ones
	downUntil time.Time      // lists fail until then
}

type createdDevice struct {
	id            int
	name          string // as stored
	requestedName string
	createdAt     time.Time
}

// process is the transport of one client of the account.
type process struct {
	account    *account
	lastMethod string
}

func (p *process) RoundTrip(request *http.Request) (*http.Response, error) {
	p.lastMethod = request.Method
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
	case a.chance(5), time.Now().Before(a.downUntil):
		return respond(request, 503, "<html>")
	case a.chance(3):
		return nil, wiretest.ConnectionReset()
	}
	var lag time.Duration
	if a.chance(40) {
		lag = time.Duration(a.random.IntN(8000)) * time.Millisecond
	}
	var list []string
	for _, device := range a.devices {
		if time.Since(device.createdAt) < lag {
			continue
		}
		name := ""
		if a.listNames {
			name = `,"name":` + strconv.Quote(device.name) // ASCII only, so a Go string is valid JSON
		}
		list = append(list, fmt.Sprintf(`{"id":%d%s,"package":{"code":"STARTUP240K"}}`, device.id, name))
	}
	return respond(request, 200, `{"status":200,"message":"OK","data":[`+strings.Join(list, ",")+`]}`)
}

func (a *account) create(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	var payload struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(body, &payload); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.posts[payload.Name]++
	if a.chance(5) {
		a.downUntil = time.Now().Add(time.Minute)
	}
	if a.chance(10) {
		return respond(request, 403, `{"code":403,"message":"Device limit exceeded"}`)
	}
	if a.chance(40) { // the request is lost
		return a.ambiguous(request)
	}
	id := a.add(payload.Name)
	switch {
	case a.chance(50):
		return a.ambiguous(request)
	case a.chance(20):
		return respond(request, 201, `{"status":201,"message":"Device created"}`)
	default:
		return respond(request, 200, fmt.Sprintf(`{"status":200,"data":{"id":%d}}`, id))
	}
}

func (a *account) add(name string) int {
	id := len(a.devices) + 1
	a.devices = append(a.devices, createdDevice{id, a.storeName(name), name, time.Now()})
	return id
}

// ambiguous returns a response or an error that does not say whether a device was created.
func (a *account) ambiguous(request *http.Request) (*http.Response, error) {
	switch a.random.IntN(3) {
	case 0:
		return nil, wiretest.ConnectionReset()
	case 1:
		return respond(request, 504, "<html>")
	default:
		return respond(request, 200, "<html>")
	}
}

func respond(request *http.Request, status int, body string) (*http.Response, error) {
	return &http.Response{
		StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: request,
	}, nil
}

// nameChanges are changes that servers make to the names they store.
var nameChanges = []func(string) string{
	html.EscapeString,
	func(string) string { return "device" },
	func(s string) string { return s },
	func(s string) string { return s[:min(len(s), 8)] },
	func(string) string { return "" },
	func(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "-")) },
	func(s string) string { return strings.Join(strings.Fields(s), " ") },
}

// Whatever requests and responses are lost, and however stale lists are: CreateConfirmed returns no device twice, none
// of another process, and none that existed before. It sends no creation twice.
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
	for _, outcome := range []string{"created", "found", "refused", "candidates", "no candidates", "no list"} {
		assert.NotZero(t, outcomes[outcome], outcome)
	}
}

func runCreators(t *testing.T, seed uint64, outcomes map[string]int) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a schedule has to be repeatable
	a := &account{
		random:    random,
		listNames: random.IntN(4) > 0,
		storeName: nameChanges[random.IntN(len(nameChanges))],
		posts:     map[string]int{},
	}
	for i := range random.IntN(4) {
		a.add(fmt.Sprintf("Tom & Jerry's  %d", i))
	}
	existing := len(a.devices)
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
		transport := &process{account: a}
		retry := whatspie.WithRetry(whatspie.RetryPolicy{MaxAttempts: 2})
		client := wiretest.NewClient(t, wiretest.WithTransport(transport), retry)
		all.Go(func() {
			time.Sleep(delay)
			request := whatspie.CreateDeviceRequest{Package: whatspie.PackageStartup, Name: name}
			device, err := client.Devices.CreateConfirmed(t.Context(), request)
			mu.Lock()
			defer mu.Unlock()
			outcomes[outcomeOf(err, transport.lastMethod)]++
			if err != nil {
				assert.Nil(t, device)
				return
			}
			if assert.Greater(t, device.ID, int64(existing), "it existed before") {
				a.mu.Lock()
				requested := a.devices[device.ID-1].requestedName
				a.mu.Unlock()
				assert.Equal(t, name, requested, "it is the device of another process")
			}
			assert.Empty(t, owner[device.ID], "returned twice")
			owner[device.ID] = name
		})
	}
	all.Wait()
	for name, count := range a.posts {
		require.Equal(t, 1, count, "the creation of %s was sent again", name)
	}
}

// outcomeOf names the outcome of a call, to check that the schedules reach each one.
func outcomeOf(err error, lastMethod string) string {
	var unconfirmed *whatspie.UnconfirmedError
	switch {
	case err == nil && lastMethod == http.MethodGet:
		return "found"
	case err == nil:
		return "created"
	case !errors.As(err, &unconfirmed):
		return "refused"
	case strings.Contains(err.Error(), "could not be listed"):
		return "no list"
	case len(unconfirmed.Candidates) > 0:
		return "candidates"
	default:
		return "no candidates"
	}
}
