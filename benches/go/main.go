// Measures runtime/pprof.Do: a case a line on the input, nanoseconds of processor time for each call on the output.
// The time is the process's, so that the garbage collector's part counts.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"syscall"
	"unsafe"
)

const calls = 20000

// CLOCK_PROCESS_CPUTIME_ID
const processTime = 2

var route = "/orders"
var tenant = "acme"
var sink string

//go:noinline
func work(route string) {
	sink = route
}

func plain(ctx context.Context) {
	work(route)
}

func one(ctx context.Context) {
	pprof.Do(ctx, pprof.Labels("route", route), func(context.Context) { work(route) })
}

func two(ctx context.Context) {
	pprof.Do(ctx, pprof.Labels("route", route, "tenant", tenant), func(context.Context) { work(route) })
}

func now() int64 {
	var time syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, processTime, uintptr(unsafe.Pointer(&time)), 0)
	return time.Nano()
}

func round(call func(context.Context)) float64 {
	ctx := context.Background()
	start := now()
	for n := 0; n < calls; n++ {
		call(ctx)
	}
	return float64(now()-start) / calls
}

func main() {
	cases := map[string]func(context.Context){"plain": plain, "one": one, "two": two}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if lines.Text() == "version" {
			fmt.Println(runtime.Version())
		} else {
			fmt.Printf("%.3f\n", round(cases[lines.Text()]))
		}
	}
}
