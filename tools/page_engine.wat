;; The loops of the reader that take time, for WebAssembly's 128-bit vectors.
;;
;; Maps are stored pixel by pixel, a pixel's channels side by side, so that what a filter covers of
;; a row is one run of numbers. tools/page_engine.py repeats what stands between "repeat" and "end",
;; with @4 standing for 0, 4, 8, and so on, and what stands between "values" and "done", with #
;; standing for 0, 1, 2, and so on. It writes the engine twice: browsers that have no
;; relaxed vectors get one that multiplies first and adds then.
(module
  (memory (export "memory") 1)

  ;; Put what the network sees of a picture's three channels into maps of four, the last of which is
  ;; 0: how far each value is from the ground, by how far they reach.
  (func (export "show")
    (param $from i32) (param $from_row i32) (param $to i32) (param $to_row i32)     ;; bytes
    (param $rows i32) (param $columns i32) (param $ground f32) (param $reach f32)
    (local $in i32) (local $out i32) (local $end i32)
    (loop $each_row
      (local.set $in (local.get $from))
      (local.set $out (local.get $to))
      (local.set $end (i32.add (local.get $to) (i32.shl (local.get $columns) (i32.const 4))))
      (loop $each_pixel
        (v128.store
          (local.get $out)
          (v128.and
            (v128.const i32x4 -1 -1 -1 0)
            (f32x4.div
              (f32x4.sub
                (f32x4.convert_i32x4_u
                  (i32x4.extend_low_i16x8_u
                    (i16x8.extend_low_i8x16_u (v128.load32_zero (local.get $in)))))
                (f32x4.splat (local.get $ground)))
              (f32x4.splat (local.get $reach)))))
        (local.set $in (i32.add (local.get $in) (i32.const 3)))
        (br_if $each_pixel
          (i32.lt_u
            (local.tee $out (i32.add (local.get $out) (i32.const 16))) (local.get $end))))
      (local.set $from (i32.add (local.get $from) (local.get $from_row)))
      (local.set $to (i32.add (local.get $to) (local.get $to_row)))
      (br_if $each_row (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  ;; Slide filters over maps. Eight filters at a time meet six pixels of a row: twelve vectors of
  ;; sums, as many as stay in registers. A row's last six pixels may have been computed before;
  ;; rows of fewer than six write beyond their end, where the caller clears up. Each row of what
  ;; comes out may have filters of its own.
  (func (export "convolve")
    (param $in i32) (param $out i32) (param $filters i32) (param $bias i32)
    (param $rows i32) (param $columns i32) (param $blocks i32)  ;; of the output; blocks of eight
    (param $in_row i32)                         ;; bytes from a row to the next that a filter covers
    (param $step_down i32) (param $step_right i32)  ;; bytes from one place of a filter to the next
    (param $out_row i32) (param $out_pixel i32)     ;; bytes
    (param $high i32) (param $run i32)          ;; rows of a filter, bytes of such a row
    (param $least f32)                          ;; what is below becomes this
    (param $filters_on i32) (param $bias_on i32)    ;; bytes to those of the next row
    (local $block i32) (local $column i32) (local $block_filters i32)
    (local $filter i32) (local $start i32) (local $end i32) (local $row i32) (local $to i32)
    (local $f v128) (local $g v128) (local $x v128) (local $floor v128)
    ;; values 6
    (local $p# i32) (local $a# v128) (local $b# v128)
    ;; done
    (local.set $floor (f32x4.splat (local.get $least)))
    (loop $each_row
      (local.set $block (i32.const 0))
      (local.set $block_filters (local.get $filters))
      (loop $each_block
        (local.set $column (i32.const 0))
        (loop $each_tile
          (local.set $to (i32.add (local.get $bias) (i32.shl (local.get $block) (i32.const 5))))
          (local.set $f (v128.load (local.get $to)))
          (local.set $g (v128.load offset=16 (local.get $to)))
          ;; values 6
          (local.set $a# (local.get $f))
          (local.set $b# (local.get $g))
          ;; done
          (local.set $filter (local.get $block_filters))
          (local.set $start
            (i32.add (local.get $in) (i32.mul (local.get $column) (local.get $step_right))))
          (local.set $row (local.get $high))
          (loop $each_filter_row
            ;; values 6
            (local.set $p#
              (i32.add (local.get $start) (i32.mul (i32.const #) (local.get $step_right))))
            ;; done
            (local.set $end (i32.add (local.get $start) (local.get $run)))
            (loop $each_four_values
              ;; repeat 4
              (local.set $f (v128.load offset=@32 (local.get $filter)))
              (local.set $g (v128.load offset=@32+16 (local.get $filter)))
              ;; values 6
              (local.set $x (v128.load32_splat offset=@4 (local.get $p#)))
              (local.set $a#
                (f32x4.relaxed_madd (local.get $x) (local.get $f) (local.get $a#)))
              (local.set $b#
                (f32x4.relaxed_madd (local.get $x) (local.get $g) (local.get $b#)))
              ;; done
              ;; end
              (local.set $filter (i32.add (local.get $filter) (i32.const 128)))
              ;; values 6
              (local.set $p# (i32.add (local.get $p#) (i32.const 16)))
              ;; done
              (br_if $each_four_values (i32.lt_u (local.get $p0) (local.get $end))))
            (local.set $start (i32.add (local.get $start) (local.get $in_row)))
            (br_if $each_filter_row
              (local.tee $row (i32.sub (local.get $row) (i32.const 1)))))
          (local.set $to
            (i32.add
              (i32.add (local.get $out) (i32.shl (local.get $block) (i32.const 5)))
              (i32.mul (local.get $column) (local.get $out_pixel))))
          ;; values 6
          (v128.store (local.get $to) (f32x4.pmax (local.get $floor) (local.get $a#)))
          (v128.store offset=16 (local.get $to) (f32x4.pmax (local.get $floor) (local.get $b#)))
          (local.set $to (i32.add (local.get $to) (local.get $out_pixel)))
          ;; done
          (local.set $column (i32.add (local.get $column) (i32.const 6)))
          (if (i32.lt_s (local.get $column) (local.get $columns))
            (then
              (if (i32.gt_s (local.get $column) (i32.sub (local.get $columns) (i32.const 6)))
                (then (local.set $column (i32.sub (local.get $columns) (i32.const 6)))))
              (br $each_tile))))
        (local.set $block_filters (local.get $filter))
        (br_if $each_block
          (i32.lt_u
            (local.tee $block (i32.add (local.get $block) (i32.const 1))) (local.get $blocks))))
      (local.set $in (i32.add (local.get $in) (local.get $step_down)))
      (local.set $out (i32.add (local.get $out) (local.get $out_row)))
      (local.set $filters (i32.add (local.get $filters) (local.get $filters_on)))
      (local.set $bias (i32.add (local.get $bias) (local.get $bias_on)))
      (br_if $each_row (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  ;; A filter of 3 x 3 needs 36 products for a tile of 4 x 4 places instead of 144, where a tile's
  ;; 6 x 6 values are combined first, and the products after (Lavin and Gray 2016, Fast Algorithms
  ;; for Convolutional Neural Networks, CVPR, p. 4013-4021). Each of the two functions does one
  ;; direction: it combines runs of numbers that lie as far apart as it is told.
  (func (export "into_tiles")
    (param $from i32) (param $from_step i32)    ;; six runs, and bytes from each to the next
    (param $to i32) (param $to_step i32)        ;; six others
    (param $run i32) (param $count i32)         ;; bytes; how often
    (param $from_next i32) (param $to_next i32) ;; bytes to the next time's runs
    (local $at i32) (local $end i32) (local $out i32) (local $p i32)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128) (local $four v128)
    ;; values 6
    (local $d# v128)
    ;; done
    (local.set $four (f32x4.splat (f32.const 4)))
    (loop $each_time
      (local.set $at (local.get $from))
      (local.set $out (local.get $to))
      (local.set $end (i32.add (local.get $from) (local.get $run)))
      (loop $each_four_values
        (local.set $p (local.get $at))
        ;; values 6
        (local.set $d# (v128.load (local.get $p)))
        (local.set $p (i32.add (local.get $p) (local.get $from_step)))
        ;; done
        (local.set $s0 (f32x4.sub (local.get $d4) (f32x4.mul (local.get $four) (local.get $d2))))
        (local.set $s1 (f32x4.sub (local.get $d3) (f32x4.mul (local.get $four) (local.get $d1))))
        (local.set $s2 (f32x4.sub (local.get $d4) (local.get $d2)))
        (local.set $s3 (f32x4.sub (local.get $d3) (local.get $d1)))
        (local.set $s3 (f32x4.add (local.get $s3) (local.get $s3)))
        ;; 4 d0 - 5 d2 + d4
        (local.set $d0
          (f32x4.add
            (f32x4.sub (f32x4.mul (local.get $four) (local.get $d0)) (local.get $d2))
            (local.get $s0)))
        ;; 4 d1 - 5 d3 + d5
        (local.set $d5
          (f32x4.sub
            (f32x4.sub (local.get $d5) (local.get $d3))
            (f32x4.mul (local.get $four) (f32x4.sub (local.get $d3) (local.get $d1)))))
        (local.set $d1 (f32x4.add (local.get $s0) (local.get $s1)))
        (local.set $d2 (f32x4.sub (local.get $s0) (local.get $s1)))
        (local.set $d3 (f32x4.add (local.get $s2) (local.get $s3)))
        (local.set $d4 (f32x4.sub (local.get $s2) (local.get $s3)))
        (local.set $p (local.get $out))
        ;; values 6
        (v128.store (local.get $p) (local.get $d#))
        (local.set $p (i32.add (local.get $p) (local.get $to_step)))
        ;; done
        (local.set $out (i32.add (local.get $out) (i32.const 16)))
        (br_if $each_four_values
          (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))
      (local.set $from (i32.add (local.get $from) (local.get $from_next)))
      (local.set $to (i32.add (local.get $to) (local.get $to_next)))
      (br_if $each_time (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))

  (func (export "out_of_tiles")
    (param $from i32) (param $from_step i32)    ;; six runs
    (param $to i32) (param $to_step i32)        ;; four others
    (param $run i32) (param $count i32) (param $from_next i32) (param $to_next i32)
    (param $least f32)                          ;; what is below becomes this
    (local $at i32) (local $end i32) (local $out i32) (local $p i32)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128) (local $floor v128)
    ;; values 6
    (local $m# v128)
    ;; done
    (local.set $floor (f32x4.splat (local.get $least)))
    (loop $each_time
      (local.set $at (local.get $from))
      (local.set $out (local.get $to))
      (local.set $end (i32.add (local.get $from) (local.get $run)))
      (loop $each_four_values
        (local.set $p (local.get $at))
        ;; values 6
        (local.set $m# (v128.load (local.get $p)))
        (local.set $p (i32.add (local.get $p) (local.get $from_step)))
        ;; done
        (local.set $s0 (f32x4.add (local.get $m1) (local.get $m2)))
        (local.set $s1 (f32x4.sub (local.get $m1) (local.get $m2)))
        (local.set $s2 (f32x4.add (local.get $m3) (local.get $m4)))
        (local.set $s3 (f32x4.sub (local.get $m3) (local.get $m4)))
        (local.set $m0 (f32x4.add (local.get $m0) (f32x4.add (local.get $s0) (local.get $s2))))
        (local.set $m1 (f32x4.add (local.get $s1) (f32x4.add (local.get $s3) (local.get $s3))))
        (local.set $m2
          (f32x4.add (local.get $s0) (f32x4.mul (f32x4.splat (f32.const 4)) (local.get $s2))))
        (local.set $m3
          (f32x4.add
            (f32x4.add (local.get $s1) (local.get $m5))
            (f32x4.mul (f32x4.splat (f32.const 8)) (local.get $s3))))
        (local.set $p (local.get $out))
        ;; values 4
        (v128.store (local.get $p) (f32x4.pmax (local.get $floor) (local.get $m#)))
        (local.set $p (i32.add (local.get $p) (local.get $to_step)))
        ;; done
        (local.set $out (i32.add (local.get $out) (i32.const 16)))
        (br_if $each_four_values
          (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))
      (local.set $from (i32.add (local.get $from) (local.get $from_next)))
      (local.set $to (i32.add (local.get $to) (local.get $to_next)))
      (br_if $each_time (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))

  ;; Add maps of half the size to others: each of their pixels to four.
  (func (export "add_enlarged")
    (param $coarse i32) (param $fine i32) (param $rows i32) (param $columns i32)
    (param $coarse_row i32) (param $fine_row i32) (param $pixel i32)  ;; bytes
    (local $row i32) (local $column i32) (local $from i32) (local $to i32) (local $end i32)
    (loop $each_row
      (local.set $to (local.get $fine))
      (local.set $column (i32.const 0))
      (loop $each_pixel
        (local.set $from
          (i32.add
            (local.get $coarse)
            (i32.mul (i32.shr_u (local.get $column) (i32.const 1)) (local.get $pixel))))
        (local.set $end (i32.add (local.get $to) (local.get $pixel)))
        (loop $each_four_values
          (v128.store
            (local.get $to)
            (f32x4.add (v128.load (local.get $to)) (v128.load (local.get $from))))
          (local.set $from (i32.add (local.get $from) (i32.const 16)))
          (br_if $each_four_values
            (i32.lt_u (local.tee $to (i32.add (local.get $to) (i32.const 16))) (local.get $end))))
        (br_if $each_pixel
          (i32.lt_u
            (local.tee $column (i32.add (local.get $column) (i32.const 1))) (local.get $columns))))
      (local.set $fine (i32.add (local.get $fine) (local.get $fine_row)))
      ;; A coarse row belongs to two fine ones.
      (if (i32.and (local.get $row) (i32.const 1))
        (then (local.set $coarse (i32.add (local.get $coarse) (local.get $coarse_row)))))
      (br_if $each_row
        (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 1))) (local.get $rows)))))

  ;; Make each byte the higher of itself and the one so far on, sixteen at a time.
  (func (export "raise") (param $at i32) (param $end i32) (param $far i32)
    (loop $each_sixteen
      (v128.store
        (local.get $at)
        (i8x16.max_u
          (v128.load (local.get $at))
          (v128.load (i32.add (local.get $at) (local.get $far)))))
      (br_if $each_sixteen
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end)))))

  ;; The lower one, likewise.
  (func (export "lower") (param $at i32) (param $end i32) (param $far i32)
    (loop $each_sixteen
      (v128.store
        (local.get $at)
        (i8x16.min_u
          (v128.load (local.get $at))
          (v128.load (i32.add (local.get $at) (local.get $far)))))
      (br_if $each_sixteen
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end)))))

  ;; Medians of square neighborhoods. How often each value occurs is counted for each column of the
  ;; neighborhood's height, so that the window moves by one column that comes and one that goes
  ;; (Perreault and Hebert 2007, IEEE Trans. Image Processing 16(9), p. 2389-2394). Counts are 256
  ;; numbers of two bytes, and those of each sixteen values together: 544 bytes.
  (func (export "medians")
    (param $data i32) (param $wide i32)         ;; the picture in its frame, bytes of a row
    (param $side i32) (param $rows i32) (param $columns i32) (param $out i32)
    (param $counts i32)                         ;; all 0, those of one column more than there are
    (param $window i32)                         ;; room for the counts of a neighborhood
    (local $row i32) (local $column i32) (local $at i32) (local $rest i32) (local $count i32)
    (local $none i32)
    (local.set $none
      (i32.add (local.get $counts) (i32.mul (local.get $wide) (i32.const 544))))
    (loop $each_first_row
      (call $count_row (local.get $data) (local.get $wide) (local.get $counts) (i32.const 1))
      (local.set $data (i32.add (local.get $data) (local.get $wide)))
      (br_if $each_first_row
        (i32.lt_u
          (local.tee $row (i32.add (local.get $row) (i32.const 1)))
          (i32.sub (local.get $side) (i32.const 1)))))
    (local.set $row (i32.const 0))
    (loop $each_row
      (call $count_row (local.get $data) (local.get $wide) (local.get $counts) (i32.const 1))
      (memory.fill (local.get $window) (i32.const 0) (i32.const 544))
      (local.set $column (i32.const 0))
      (loop $each_first_column
        (call $move
          (local.get $window)
          (i32.add (local.get $counts) (i32.mul (local.get $column) (i32.const 544)))
          (local.get $none))
        (br_if $each_first_column
          (i32.lt_u
            (local.tee $column (i32.add (local.get $column) (i32.const 1))) (local.get $side))))
      (local.set $column (i32.const 0))
      (loop $each_column
        (local.set $rest
          (i32.shr_u (i32.mul (local.get $side) (local.get $side)) (i32.const 1)))
        (local.set $at (i32.add (local.get $window) (i32.const 512)))
        (loop $each_sixteen
          (local.set $count (i32.load16_u (local.get $at)))
          (if (i32.ge_u (local.get $rest) (local.get $count))
            (then
              (local.set $rest (i32.sub (local.get $rest) (local.get $count)))
              (local.set $at (i32.add (local.get $at) (i32.const 2)))
              (br $each_sixteen))))
        (local.set $at
          (i32.add
            (local.get $window)
            (i32.shl
              (i32.sub (local.get $at) (i32.add (local.get $window) (i32.const 512)))
              (i32.const 4))))
        (loop $each_value
          (local.set $count (i32.load16_u (local.get $at)))
          (if (i32.ge_u (local.get $rest) (local.get $count))
            (then
              (local.set $rest (i32.sub (local.get $rest) (local.get $count)))
              (local.set $at (i32.add (local.get $at) (i32.const 2)))
              (br $each_value))))
        (i32.store8
          (local.get $out)
          (i32.shr_u (i32.sub (local.get $at) (local.get $window)) (i32.const 1)))
        (local.set $out (i32.add (local.get $out) (i32.const 1)))
        ;; Beyond the last column there is the one that counts nothing.
        (local.set $at
          (i32.add (local.get $counts) (i32.mul (local.get $column) (i32.const 544))))
        (call $move
          (local.get $window)
          (i32.add (local.get $at) (i32.mul (local.get $side) (i32.const 544)))
          (local.get $at))
        (br_if $each_column
          (i32.lt_u
            (local.tee $column (i32.add (local.get $column) (i32.const 1)))
            (local.get $columns))))
      (call $count_row
        (i32.sub
          (local.get $data)
          (i32.mul (i32.sub (local.get $side) (i32.const 1)) (local.get $wide)))
        (local.get $wide) (local.get $counts) (i32.const -1))
      (local.set $data (i32.add (local.get $data) (local.get $wide)))
      (br_if $each_row
        (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 1))) (local.get $rows)))))

  ;; Count the values of a row, each in its column.
  (func $count_row
    (param $data i32) (param $wide i32) (param $counts i32) (param $more i32)
    (local $end i32) (local $value i32) (local $at i32)
    (local.set $end (i32.add (local.get $data) (local.get $wide)))
    (loop $each_column
      (local.set $value (i32.load8_u (local.get $data)))
      (local.set $at (i32.add (local.get $counts) (i32.shl (local.get $value) (i32.const 1))))
      (i32.store16
        (local.get $at) (i32.add (i32.load16_u (local.get $at)) (local.get $more)))
      (local.set $at
        (i32.add
          (local.get $counts)
          (i32.shl (i32.shr_u (local.get $value) (i32.const 4)) (i32.const 1))))
      (i32.store16 offset=512
        (local.get $at) (i32.add (i32.load16_u offset=512 (local.get $at)) (local.get $more)))
      (local.set $counts (i32.add (local.get $counts) (i32.const 544)))
      (br_if $each_column
        (i32.lt_u
          (local.tee $data (i32.add (local.get $data) (i32.const 1))) (local.get $end)))))

  ;; Add the counts of a column that comes, and take away those of one that goes.
  (func $move (param $window i32) (param $come i32) (param $gone i32) (local $end i32)
    (local.set $end (i32.add (local.get $window) (i32.const 544)))
    (loop $each_two_times_eight
      ;; repeat 2
      (v128.store offset=@16
        (local.get $window)
        (i16x8.sub
          (i16x8.add
            (v128.load offset=@16 (local.get $window)) (v128.load offset=@16 (local.get $come)))
          (v128.load offset=@16 (local.get $gone))))
      ;; end
      (local.set $come (i32.add (local.get $come) (i32.const 32)))
      (local.set $gone (i32.add (local.get $gone) (i32.const 32)))
      (br_if $each_two_times_eight
        (i32.lt_u
          (local.tee $window (i32.add (local.get $window) (i32.const 32))) (local.get $end))))))
