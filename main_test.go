package whatspie_test

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(quietly{m}) }

// quietly runs all tests with a default logger that must stay unused.
type quietly struct{ *testing.M }

func (q quietly) Run() int {
	records := &recorder{}
	slog.SetDefault(slog.New(records))
	code := q.M.Run()
	for _, record := range records.all() {
		if strings.Contains(record.Message, "whatspie") || strings.Contains(record.Message, "/devices") {
			fmt.Fprintln(os.Stderr, "logged without being asked:", record.Message)
			code = max(code, 1)
		}
	}
	return code
}
