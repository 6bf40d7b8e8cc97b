package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
	"github.com/whatspie-go/whatspie/examples/internal/demotest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestPair_withFake(t *testing.T) {
	t.Parallel()
	tests := map[string]demotest.Environment{
		"terminal": {Columns: 120, Rows: 50},
		"pipe":     {},
	}
	for name, terminal := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := demotest.Run(t.Context(), t, run, terminal)
			assert.Equal(t, 0, got.Code)
			assert.Contains(t, got.Stdout, "Code 1: scan it")
			assert.Contains(t, got.Stdout, "Code 2: scan it")
			assert.NotContains(t, got.Stdout, "Code 3")
			assert.True(t, strings.HasSuffix(got.Stdout, "Connected: device 1 is paired with 6200000000001.\n"))
			assert.Equal(t, 1, strings.Count(got.Stderr, "a fake of the API"))
			ups := strings.Count(got.Stdout, "A\r\x1b[J")
			if name == "pipe" {
				assert.Zero(t, ups, "no cursor movement outside of a terminal")
				return
			}
			assert.Equal(t, 2, ups, "each code is replaced in place")
			assert.Contains(t, got.Stdout, "Requested again in 1 s.", "the countdown is updated")
			assert.Less(t, strings.LastIndex(got.Stdout, demo.HideCursor), strings.LastIndex(got.Stdout, demo.ShowCursor))
		})
	}
}

// background runs the program until it prints the URL of a page.
func background(t *testing.T, terminal demotest.Environment) (url string, stop func(), ended chan demotest.Result) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	ended = make(chan demotest.Result, 1)
	printed := make(chan string, 1)
	terminal.Print = func(all string) {
		if url := regexp.MustCompile(`http://\S+/\n`).FindString(all); url != "" && len(printed) == 0 {
			printed <- strings.TrimSpace(url)
		}
	}
	go func() { ended <- demotest.Run(ctx, t, run, terminal) }()
	select {
	case url = <-printed:
	case result := <-ended:
		require.Fail(t, "ended without a page", result.Stdout)
	}
	return url, stop, ended
}

func TestPair_servesPageIfCodeCannotBeShown(t *testing.T) {
	t.Parallel()
	for name, terminal := range map[string]demotest.Environment{
		"narrow":             {Columns: 30, Rows: 50},
		"low":                {Columns: 120, Rows: 15},
		"no UTF-8":           {Columns: 120, Rows: 50, NoUTF8: true},
		"no UTF-8, no color": {Columns: 120, Rows: 50, NoUTF8: true, NoColors: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _, ended := background(t, terminal)
			_, page := demotest.Fetch(t, url, "")
			assert.Contains(t, page, "<title>")
			_, events := demotest.Fetch(t, url+"events", "")
			events = regexp.MustCompile(`"image":"[^"]*"`).ReplaceAllString(events, "") // too long for messages
			assert.Contains(t, events, `"kind":"code"`)
			assert.Contains(t, events, `"kind":"connected"`)
			result := <-ended
			assert.NotContains(t, result.Stdout, "█")
			assert.Contains(t, result.Stdout, "Connected: device 1 is paired")
			assert.Equal(t, 0, result.Code)
		})
	}
}

func TestPair_stopsPageWhenInterrupted(t *testing.T) {
	t.Parallel()
	url, stop, ended := background(t, demotest.Environment{Columns: 30, Rows: 50})
	stop()
	assert.Equal(t, 130, (<-ended).Code)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	_, err = http.DefaultClient.Do(request) //nolint:bodyclose // there is none
	require.Error(t, err)
}

func TestPair_drawsCompactCodeIn80x24(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	got := demotest.Run(ctx, t, run, demotest.Environment{Columns: 80, Rows: 24})
	assert.Contains(t, got.Stdout, "\U0001fb2d\U0001fb2d", "upper edge of a finder pattern")
	assert.Contains(t, got.Stdout, "Code 1: scan it")
	assert.NotContains(t, got.Stdout, "http://")
}

func TestPair_withoutColors(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	got := demotest.Run(ctx, t, run, demotest.Environment{Columns: 120, Rows: 50, NoColors: true})
	assert.Contains(t, got.Stdout, " ▄▄▄▄▄ ", "inside of an inverted finder pattern")
	assert.Contains(t, got.Stdout, strings.Repeat("█", 65)+"\n"+strings.Repeat("█", 65)+"\n", "inverted quiet zone")
	assert.NotContains(t, got.Stdout, "\x1b[38")
}

func TestInvert(t *testing.T) {
	t.Parallel()
	const all = " █▀▄▌▐\U0001fb00\U0001fb3b\U0001fb13\U0001fb28\n"
	const want = "█ ▄▀▐▌\U0001fb3b\U0001fb00\U0001fb28\U0001fb13\n"
	assert.Equal(t, want, invert("\x1b[38;5;16;48;5;231m"+all+"\x1b[0m"))
	assert.Equal(t, all, invert(want))
}

// The message is wrapped explicitly, so that redrawing clears all of its lines.
func TestPair_clearsWrappedMessage(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	file := filepath.Join(t.TempDir(), "code.png")
	got := demotest.Run(ctx, t, run, demotest.Environment{Columns: 30, Rows: 50}, "-png", file)
	_, message, found := strings.Cut(got.Stdout, "This terminal")
	require.True(t, found)
	message, _, _ = strings.Cut("This terminal"+message, demo.ClearLine)
	assert.Contains(t, strings.ReplaceAll(message, "\n", " "), "It is in "+file+".")
	assert.Contains(t, got.Stdout, fmt.Sprintf("\x1b[%dA", strings.Count(message, "\n")))
}

func TestPair_removesCodeWhenInterrupted(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "code.png")
	ctx, interrupt := context.WithCancel(t.Context())
	var watcher sync.WaitGroup
	watcher.Go(func() {
		assert.Eventually(t, func() bool { return fileExists(file) }, time.Minute, time.Millisecond)
		interrupt()
	})
	got := demotest.Run(ctx, t, run, demotest.Environment{Columns: 120, Rows: 50}, "-png", file)
	watcher.Wait()
	assert.Equal(t, 130, got.Code)
	assert.True(t, strings.HasSuffix(got.Stdout, "\r\x1b[J"+demo.ShowCursor), "the code is removed from the screen")
	assert.NoFileExists(t, file, "the code is removed from the disk")
}

func fileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func TestPair_withAccount(t *testing.T) {
	t.Parallel()
	const whichDevice = "usage: which device? Give -id, or both -name and -package to create one, which costs money\n"
	tests := map[string]struct {
		args    []string
		arrange func(*whatspietest.Server)
		code    int
		want    string
	}{
		"existing device": {[]string{"-id", "7"}, func(s *whatspietest.Server) { s.Scan(7) }, 0, "Connected: device 7"},
		"unknown device":  {[]string{"-id", "8"}, func(*whatspietest.Server) {}, 1, "The account has no such device"},
		"negative device": {[]string{"-id", "-1"}, func(*whatspietest.Server) {}, 2, "usage: -id must be positive"},
		"no device":       {nil, func(*whatspietest.Server) {}, 2, whichDevice},
		"only name":       {[]string{"-name", "x"}, func(*whatspietest.Server) {}, 2, whichDevice},
		"only package":    {[]string{"-package", "BETA"}, func(*whatspietest.Server) {}, 2, whichDevice},
		"id and name":     {[]string{"-id", "7", "-name", "x"}, func(*whatspietest.Server) {}, 2, "usage: give either -id"},
		"new device": {[]string{"-name", "x", "-package", "BETA"}, func(s *whatspietest.Server) {
			go assert.Eventually(t, func() bool { return s.Scan(8) }, time.Minute, 10*time.Millisecond)
		}, 0, "Connected: device 8"},
		"unknown package": {[]string{"-name", "x", "-package", "NOPE"}, func(*whatspietest.Server) {}, 1, "The documented packages are BETA"},
		"link to a code":  {[]string{"-id", "7"}, link, 0, "The API sent a link to the code: https://example.com/q"},
		"outage":          {[]string{"-id", "7"}, outage, 0, "Retrying: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := whatspietest.NewServer()
			defer srv.Close()
			srv.AddDevice(whatspie.Device{ID: 7})
			test.arrange(srv)
			got := demotest.Run(t.Context(), t, run, demotest.With(srv), test.args...)
			assert.Equal(t, test.code, got.Code)
			assert.Contains(t, got.Stdout+got.Stderr, test.want)
			_, created := srv.Device(8)
			assert.Equal(t, name == "new device", created)
			assert.NotContains(t, got.Stderr, "fake")
		})
	}
}

// The file is removed when the code expires, but only if pair has written it.
func TestPair_removesFileOfExpiredCode(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arrange func(*whatspietest.Server)
		kept    bool
	}{
		"already paired": {func(s *whatspietest.Server) { s.Scan(7) }, true},
		"link":           {link, true},
		"expired": {func(s *whatspietest.Server) {
			s.Inject(whatspietest.Fault{Path: "/devices/7", Body: `{"status":200,"data":{"id":7,"paired_status":"UNPAIRED"}}`})
			time.AfterFunc(4*time.Second, func() {
				s.Inject(whatspietest.Fault{Path: "/devices/7/qr", Times: -1, Delay: time.Minute})
				s.ExpireQR(7)
			})
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := whatspietest.NewServer()
			defer srv.Close()
			srv.AddDevice(whatspie.Device{ID: 7})
			file := filepath.Join(t.TempDir(), "holiday.png")
			require.NoError(t, os.WriteFile(file, []byte("mine"), 0o600))
			test.arrange(srv)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var watcher sync.WaitGroup
			watcher.Go(func() {
				if !test.kept {
					assert.Eventually(t, func() bool { return !fileExists(file) }, time.Minute, 10*time.Millisecond)
					stop()
				}
			})
			demotest.Run(ctx, t, run, demotest.With(srv), "-id", "7", "-png", file)
			watcher.Wait()
			assert.Equal(t, test.kept, fileExists(file))
		})
	}
}

func TestPair_reportsWriteErrors(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "code.png")
	got := demotest.Run(t.Context(), t, run, demotest.Environment{Full: true}, "-png", file)
	assert.Equal(t, 1, got.Code)
	assert.Contains(t, got.Stderr, "no space left")
	assert.NoFileExists(t, file)
}

func link(s *whatspietest.Server) {
	s.Inject(whatspietest.Fault{Path: "/devices/7/qr", Body: `{"status":200,"data":{"qr":"https://example.com/q"}}`})
	time.AfterFunc(500*time.Millisecond, func() { s.Scan(7) })
}

func outage(s *whatspietest.Server) {
	s.Inject(whatspietest.Fault{Path: "/devices/7", Status: 502})
	s.Inject(whatspietest.Fault{
		Path: "/devices/7", Status: 200, Body: `{"status":200,"data":{"id":7,"paired_status":"EXPIRED"}}`,
	})
	time.AfterFunc(4*time.Second, func() { s.Scan(7) })
}

func TestScreen_cutsNotes(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	s := newScreen(demo.App{Stdout: &out, Size: func() (int, int, bool) { return 10, 50, true }}, "")
	s.note("a message that is longer than the line")
	s.close()
	assert.Contains(t, out.String(), demo.ClearLine+"a message")
	assert.NotContains(t, out.String(), "that")
	s.close()
	require.Equal(t, 1, strings.Count(out.String(), demo.ShowCursor), "the second close does nothing")
}
