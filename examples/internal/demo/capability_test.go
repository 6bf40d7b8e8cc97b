package demo_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

func TestTerminalCapabilities(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		system       string
		env          map[string]string
		utf8, colors bool
	}{
		{"UTF-8 locale", "linux", map[string]string{"LANG": "id_ID.UTF-8", "TERM": "xterm-256color"}, true, true},
		{"no locale", "linux", map[string]string{"TERM": "xterm"}, true, true},
		{"C locale", "linux", map[string]string{"LANG": "C", "TERM": "xterm"}, false, true},
		{"latin 1", "linux", map[string]string{"LANG": "de_DE.ISO-8859-1", "TERM": "xterm"}, false, true},
		{"LC_ALL before LANG", "linux", map[string]string{"LC_ALL": "C.utf8", "LANG": "C", "TERM": "xterm"}, true, true},
		{"LC_CTYPE before LANG", "linux", map[string]string{"LC_CTYPE": "POSIX", "LANG": "C.UTF-8", "TERM": "xterm"}, false, true},
		{"vt100", "linux", map[string]string{"TERM": "vt100"}, true, false},
		{"dumb", "linux", map[string]string{"TERM": "dumb"}, true, false},
		{"no TERM", "linux", nil, true, false},
		{"NO_COLOR", "linux", map[string]string{"NO_COLOR": "1", "TERM": "xterm"}, true, false},
		{"windows", "windows", nil, true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			getenv := func(name string) string { return test.env[name] }
			assert.Equal(t, test.utf8, demo.IsUTF8(test.system, getenv))
			assert.Equal(t, test.colors, demo.HasColors(test.system, getenv))
		})
	}
}
