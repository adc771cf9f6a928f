GRANT EXECUTE ON PROCEDURE report TO 'tallystick-report'@'localhost';
